#!/bin/sh
# Diagnostics, canonical texts and tables against their goldens.
exec "$(dirname "$0")/golden"

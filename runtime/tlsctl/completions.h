/*
 * What `tlsctl completions SHELL` prints.
 */
#ifndef RUNTIME_TLSCTL_COMPLETIONS_H
#define RUNTIME_TLSCTL_COMPLETIONS_H

/* For bash, zsh or fish; `words` are the commands, separated by spaces.  -1 for
 * any other shell. */
int completions_print(const char *shell, const char *words);

#endif

/*
 * Texts from outside, as they are printed for people: file names, text in a
 * table from elsewhere, messages of libraries.  Nothing in it moves the cursor,
 * is invisible, begins a new line, or is taken for a command by the service
 * that runs us ("::stop-commands::x", "##[...]": GitHub Actions).
 */
#ifndef COMPILER_SHOWN_H
#define COMPILER_SHOWN_H

/* text itself where nothing is wrong with it, else a copy that stays until
 * sixteen more were asked for; NULL is "". */
const char *shown_text(const char *text);
/* The same for one that may have several lines. */
const char *shown_lines(const char *text);

#endif

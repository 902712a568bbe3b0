/*
 * Texts from outside, as they are printed for people: file names, the words of
 * a table that somebody sent, what a library says of them.  Nothing of it moves
 * the cursor, hides, begins a line of its own, or is taken for a command by the
 * service that runs us ("::stop-commands::x", "##[...]": GitHub Actions).
 */
#ifndef COMPILER_SHOWN_H
#define COMPILER_SHOWN_H

/* text itself where nothing is wrong with it, else a copy that stays until
 * sixteen more were asked for; NULL is "". */
const char *shown_text(const char *text);
/* The same for one that may have several lines. */
const char *shown_lines(const char *text);

#endif

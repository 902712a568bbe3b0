/*
 * Completions for shells.  Commands come from the table in tlsctl.c; names of
 * backends are asked of the running tlsd.
 */
#include "completions.h"

#include <stdio.h>
#include <string.h>

/* The first column is BACKEND/ADDRESS.  Colons of addresses part words in bash,
 * so only backends are offered. */
#define BACKENDS " servers 2>/dev/null | sed 1d | cut -d/ -f1 | sort -u"

static void bash(const char *words)
{
	printf("# bash completion for tlsctl\n_tlsctl() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} command= words= i\n"
	       "\tlocal -a control=()\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[i]} in\n"
	       "\t\t--control)\n"
	       "\t\t\t((++i == COMP_CWORD)) && return\n"
	       "\t\t\tcontrol=(--control \"${COMP_WORDS[i]}\") ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
	       "\t\tesac\n\tdone\n"
	       "\tcase $command in\n"
	       "\t'') words='--control --json --help --version %s' ;;\n"
	       "\tload) words=--shadow ;;\n"
	       "\tshadow) words=off ;;\n"
	       "\tdrain | undrain) words=$(tlsctl \"${control[@]}\"" BACKENDS
	       ") ;;\n"
	       "\tcompletions) words='bash zsh fish' ;;\n"
	       "\tesac\n"
	       "\t[ \"$command\" = drain ] && words+=' --all'\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "}\ncomplete -o default -F _tlsctl tlsctl\n",
		words);
}

static void zsh(const char *words)
{
	printf("#compdef tlsctl\n# zsh completion for tlsctl\n_tlsctl() {\n"
	       "\tlocal state line\n\tlocal -a offers\n"
	       "\t_arguments -C '--control[control socket of "
	       "tlsd]:path:_files' "
	       "\\\n\t\t'--json[print the answer as one JSON object]' \\\n"
	       "\t\t'--help[print the usage]' '--version[print the version]' "
	       "\\\n\t\t'1:command:(%s)' '*:argument:->argument'\n"
	       "\t[[ $state == argument ]] || return\n"
	       "\tcase $line[1] in\n"
	       "\tload) compadd -- --shadow; _files ;;\n"
	       "\tshadow) compadd off ;;\n"
	       "\tdrain | undrain)\n"
	       "\t\toffers=(${(f)\"$(tlsctl" BACKENDS ")\"})\n"
	       "\t\t[[ $line[1] == drain ]] && offers+=(--all)\n"
	       "\t\tcompadd -- $offers ;;\n"
	       "\tcompletions) compadd bash zsh fish ;;\n"
	       "\tesac\n}\nif [ \"$funcstack[1]\" = _tlsctl ]; then\n"
	       "\t_tlsctl \"$@\"\nelse\n\tcompdef _tlsctl tlsctl\nfi\n",
		words);
}

static void fish(const char *words)
{
	static const char from[] =
		"complete -c tlsctl -n '__fish_seen_subcommand_from";

	printf("# fish completion for tlsctl\n"
	       "complete -c tlsctl -l control -r -d 'control socket of tlsd'\n"
	       "complete -c tlsctl -l json -d 'print the answer as one JSON "
	       "object'\n"
	       "complete -c tlsctl -l help -d 'print the usage'\n"
	       "complete -c tlsctl -l version -d 'print the version'\n"
	       "complete -c tlsctl -n __fish_use_subcommand -f -a '%s'\n",
		words);
	printf("%s load' -l shadow -r\n%s shadow' -f -a off\n"
	       "%s drain' -l all\n"
	       "%s drain undrain' -f -a '(tlsctl" BACKENDS ")'\n"
	       "%s completions' -f -a 'bash zsh fish'\n",
		from, from, from, from, from);
}

int completions_print(const char *shell, const char *words)
{
	if (strcmp(shell, "bash") == 0)
		bash(words);
	else if (strcmp(shell, "zsh") == 0)
		zsh(words);
	else if (strcmp(shell, "fish") == 0)
		fish(words);
	else
		return -1;
	return 0;
}

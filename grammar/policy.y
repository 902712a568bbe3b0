/*
 * The grammar of the policy language: one ast_* call per action, and nothing
 * else.  Keywords are contextual (see `word`): any of them may be a name.
 * Every block's list of items recovers at `;` and `}`, so one run finds every
 * fault; what recovery skipped leaves an AST_ERROR.  policy.5 is the reference.
 */
%require "3.8"
%define api.pure full
%define api.prefix {policy_yy}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct parse *p}

%code requires {
#include "compiler/syntax/parse.h"
}

%code {
#include <string.h>

#include "compiler/base/arena.h"
#include "grammar/table.h"

/* Depth is what nests: `where` inside `where`. */
#define YYMAXDEPTH 1000

#define YYLLOC_DEFAULT(Cur, Rhs, N) \
	do { \
		if (N) { \
			(Cur) = YYRHSLOC(Rhs, 1); \
			(Cur).end = YYRHSLOC(Rhs, N).end; \
		} else { \
			(Cur) = YYRHSLOC(Rhs, 0); \
			(Cur).begin = (Cur).end; \
		} \
	} while (0)

static int
policy_yylex(YYSTYPE *value, YYLTYPE *at, struct parse *p)
{
	return parse_next(p, &value->tok, at);
}

static void policy_yyerror(YYLTYPE *at, struct parse *p, const char *text);

#define NEW(kind, at) ast_new(p->arena, kind, at)
#define NAMED(kind, at, tok, tok_at) \
	ast_named(p->arena, kind, at, (tok).text, (tok).len, tok_at)
#define LITERAL(kind, tok, at) NAMED(kind, at, tok, at)
#define SETTING(at, key, key_at, kids) \
	ast_fill(NAMED(AST_SETTING, at, key, key_at), kids)
#define CALLED(kind, at, text, text_at) \
	ast_named(p->arena, kind, at, text, strlen(text), text_at)
#define OK() (yyerrok, parse_recovered(p))

/* It goes whole into logs, metrics and the names of servers. */
static void
name_fits(struct parse *p, struct token name, struct span at)
{
	if (name.len > TBL_LABEL_MAX)
		parse_complain(p, at, "a name of more than 100 octets");
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.text[i] < ' ') {
			parse_complain(p, at, "a control character in a name");
			break;
		}
}

/* What a string in quotes says, as the name of something. */
static struct token
unquoted(struct parse *p, struct token raw, struct span at)
{
	struct ast *n = ast_string(p->arena, at, raw.text, raw.len);

	return (struct token){n->text, n->text_len};
}

static struct ast *
reference(struct parse *p, unsigned want, struct token tok, struct span at)
{
	struct ast *n = LITERAL(AST_PARAMREF, tok, at);

	n->flags = want;
	return n;
}
}

%union {
	struct token tok;
	struct ast *node;
	struct ast_seq seq;
	enum ast_op op;
}

%token <tok> ID "a name" STRING "a string" NUMBER "a number"
	UNIT "a number with a unit" ADDR "an address" DATE "a date"
	PARAMREF "a parameter"
%token OP_PLUS "+=" OP_MINUS "-=" OP_ATLEAST ">=" OP_ATMOST "<="
	OP_RANGE ".."
%token <tok>
	K_ACCEPT_PROXY "accept-proxy" K_ALLOW "allow" K_ALPN "alpn" K_AND "and"
	K_ANSWER "answer" K_ANY "any" K_ASSERT "assert" K_BACKEND "backend"
	K_BALANCE "balance" K_BANDWIDTH "bandwidth" K_BRIDGE "bridge" K_CA "ca"
	K_CERTIFICATE "certificate" K_CHAIN "chain" K_CIPHERS "ciphers"
	K_CLEAR "clear" K_CLIENT_AUTH "client-auth"
	K_CLIENT_HELLO "client-hello" K_COMPLY "comply" K_CONNECT "connect"
	K_CONNECTION_RATE "connection-rate" K_CONNECTIONS "connections"
	K_COOKIE "cookie" K_CRL "crl" K_DEFAULT "default" K_DRAIN "drain"
	K_EARLY_DATA "early-data" K_ENFORCING "enforcing" K_EVERY "every"
	K_EXPECT "expect" K_EXTENDS "extends" K_FALL "fall" K_FROM "from"
	K_FRONTEND "frontend" K_GROUPS "groups" K_HANDSHAKE "handshake"
	K_HANDSHAKES "handshakes" K_HANDSHAKES_IN_FLIGHT "handshakes-in-flight"
	K_HAS "has" K_HEADER "header" K_HEALTH "health" K_IDLE "idle" K_IN "in"
	K_INCLUDE "include" K_INTERVAL "interval" K_IS "is"
	K_KEEP_ALIVE "keep-alive" K_KEEPALIVE "keepalive" K_KEY "key"
	K_LIMITS "limits" K_LINK "link" K_LISTEN "listen" K_LISTENER "listener"
	K_LIVE "live" K_MALFORMED "malformed" K_MAX "max" K_METHOD "method"
	K_MODE "mode" K_NAME "name" K_NAMES "names" K_NEVER "never"
	K_NO_SNI "no-sni" K_NOT "not" K_OFFLOAD "offload" K_ON_MISSING "on-missing"
	K_OTHERWISE "otherwise" K_PARAM "param" K_PASSTHROUGH "passthrough"
	K_PATH "path" K_PER_SOURCE "per-source" K_PIN "pin" K_POLICY "policy"
	K_PREFER "prefer" K_PRESENT "present" K_PROFILE "profile"
	K_PROXY_PROTOCOL "proxy-protocol" K_QUERY "query" K_QUEUE "queue"
	K_REASON "reason" K_REDIRECT "redirect" K_REJECT "reject"
	K_REMOVE "remove" K_REQUEST "request" K_REQUEST_BODY "request-body"
	K_REQUEST_HEAD "request-head" K_REQUESTS "requests" K_REQUIRE "require"
	K_RESPONSE "response" K_RISE "rise" K_ROUTE "route" K_SCT "sct"
	K_SEGMENT "segment" K_SERVER "server" K_SET "set" K_SITE "site"
	K_SLOW_START "slow-start" K_SNI "sni" K_SOME "some" K_SOURCE "source"
	K_STAPLE "staple" K_STICKY "sticky" K_SYSTEM "system" K_TEST "test"
	K_TICKETS "tickets" K_TIMEOUT "timeout" K_TLS "tls" K_TO "to"
	K_UNDER "under" K_UNTIL "until" K_VERIFY "verify" K_WEIGHT "weight"
	K_WHEN "when" K_WHERE "where" K_WITH "with" K_WITHIN "within"

%type <tok> word other_word name target quantifier limit_key arm_key name_key
	word_key fact_key field_key side
%type <op> compare assign
%type <node> statement policy param type default include where_top set
	segment note
	set_from profile extends profile_item limits limits_item per_source
	within certificate certificate_item backend backend_item where_backend
	server server_option tls_item verify_item health_item frontend
	frontend_item where_frontend where_route common_item route snis route_item arm when
	guard term source_set source_element action enforcing with_limits
	reason_word comply allow until because assertion predicate fact test
	query_item expectation value string address wordref nameref version
	set_element staple
	site site_item where_site path path_item edit edit_value site_when site_term
	site_action split sticky body
%type <seq> statements enumeration alternatives set_elements
	profile_items limits_items certificate_items backend_items
	server_options tls_items verify_items health_items frontend_items
	route_items terms source_elements action_options facts query_items
	strings addresses namerefs limit_values live crl
	site_items path_items site_terms field_values splits status

%%

/* The root grows as it goes: what was understood stays when parsing ends
 * early. */
file:
  %empty
| file statement
	{ p->items = ast_push(p->items, $2); }
| file error ';'
	{ p->items = ast_push(p->items, NEW(AST_ERROR, @2)); OK(); }
;

statements:
  %empty
	{ $$ = ast_one(NULL); }
| statements statement
	{ $$ = ast_push($1, $2); }
| statements error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

close:
  '}'
| error '}'
	{ OK(); }
;

statement:
  policy | param | include | where_top | set | segment | profile | limits
| certificate | backend | site | frontend | assertion | test | allow
;

policy:
  K_POLICY NUMBER ';'
	{ $$ = ast_adopt(NEW(AST_POLICY, @$), LITERAL(AST_NUMBER, $2, @2));
	  parse_edition(p, $2); }
;

/* Parameters, includes and choice. */

param:
  K_PARAM name ':' type default ';'
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_PARAM, @$, $2, @2), $4), $5); }
;

type:
  enumeration
	{ $$ = ast_fill(CALLED(AST_TYPE, @$, "enum", @$), $1); }
;

enumeration:
  word
	{ $$ = ast_one(LITERAL(AST_WORD, $1, @1)); }
| enumeration '|' word
	{ $$ = ast_push($1, LITERAL(AST_WORD, $3, @3)); }
;

default:
  %empty
	{ $$ = NULL; }
| '=' value
	{ $$ = $2; }
| '=' STRING
	{ $$ = ast_string(p->arena, @2, $2.text, $2.len); }
| '=' ADDR
	{ $$ = LITERAL(AST_ADDR, $2, @2); }
| '=' word
	{ $$ = LITERAL(AST_WORD, $2, @2); }
;

include:
  K_INCLUDE string ';'
	{ $$ = ast_adopt(NEW(AST_INCLUDE, @$), $2); }
;

/* A choice is allowed where statements are, at the top or in a body. */

where_top:
  K_WHERE name K_IS alternatives '{' statements close
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHERE, @$, $2, @2),
		ast_fill(NEW(AST_VALUES, @4), $4)),
		ast_fill(NEW(AST_BODY, @6), $6)); }
;

where_backend:
  K_WHERE name K_IS alternatives '{' backend_items close
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHERE, @$, $2, @2),
		ast_fill(NEW(AST_VALUES, @4), $4)),
		ast_fill(NEW(AST_BODY, @6), $6)); }
;

where_frontend:
  K_WHERE name K_IS alternatives '{' frontend_items close
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHERE, @$, $2, @2),
		ast_fill(NEW(AST_VALUES, @4), $4)),
		ast_fill(NEW(AST_BODY, @6), $6)); }
;

where_route:
  K_WHERE name K_IS alternatives '{' route_items close
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHERE, @$, $2, @2),
		ast_fill(NEW(AST_VALUES, @4), $4)),
		ast_fill(NEW(AST_BODY, @6), $6)); }
;

alternatives:
  nameref
	{ $$ = ast_one($1); }
| alternatives '|' nameref
	{ $$ = ast_push($1, $3); }
;

/* Sets. */

set:
  K_SET name '=' '{' set_elements set_close ';'
	{ $$ = ast_fill(NAMED(AST_SET, @$, $2, @2), $5); }
| K_SET name '=' K_NAMES '{' strings optional_comma set_close ';'
	{ $$ = ast_fill(NAMED(AST_SET, @$, $2, @2), $6);
	  $$->flags |= F_NAMES; }
| K_SET name '=' '{' set_elements set_close error ';'
	{ $$ = ast_fill(NAMED(AST_SET, @$, $2, @2), $5); OK(); }
| K_SET name '=' K_NAMES '{' strings optional_comma set_close error ';'
	{ $$ = ast_fill(NAMED(AST_SET, @$, $2, @2), $6);
	  $$->flags |= F_NAMES; OK(); }
| K_SET name set_from ';'
	{ $$ = ast_adopt(NAMED(AST_SET, @$, $2, @2), $3); }
| K_SET name K_NAMES set_from ';'
	{ $$ = ast_adopt(NAMED(AST_SET, @$, $2, @2), $4);
	  $$->flags |= F_NAMES; }
;

/* Segments of the network. */

segment:
  K_SEGMENT name '=' '{' set_elements set_close K_LINK word note ';'
	{ $$ = ast_adopt(ast_adopt(ast_fill(NAMED(AST_SEGMENT, @$, $2, @2),
		$5), LITERAL(AST_WORD, $8, @8)), $9); }
| K_SEGMENT name '=' '{' set_elements set_close error ';'
	{ $$ = NEW(AST_ERROR, @$); OK(); }
;

note:
  %empty
	{ $$ = NULL; }
| string
;

set_close:
  '}'
| error '}'
	{ OK(); }
;

optional_comma:
  %empty
| ','
;

set_from:
  K_FROM string
	{ $$ = ast_adopt(NEW(AST_FROM, @$), $2); }
;

set_elements:
  %empty
	{ $$ = ast_one(NULL); }
| set_element
	{ $$ = ast_one($1); }
| set_elements ',' set_element
	{ $$ = ast_push($1, $3); }
| set_elements ','
;

set_element:
  ADDR
	{ $$ = LITERAL(AST_ADDR, $1, @1); }
| PARAMREF
	{ $$ = reference(p, F_WANT_ADDR, $1, @1); }
;

/* Profiles. */

profile:
  K_PROFILE name extends '{' profile_items close
	{ $$ = ast_fill(ast_adopt(NAMED(AST_PROFILE, @$, $2, @2), $3), $5); }
;

extends:
  %empty
	{ $$ = NULL; }
| K_EXTENDS name
	{ $$ = NAMED(AST_EXTENDS, @$, $2, @2); }
;

profile_items:
  %empty
	{ $$ = ast_one(NULL); }
| profile_items profile_item
	{ $$ = ast_push($1, $2); }
| profile_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

profile_item:
  K_TLS version ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_TLS version OP_RANGE version ';'
	{ $$ = SETTING(@$, $1, @1, ast_push(ast_one($2), $4)); }
| K_CIPHERS assign namerefs ';'
	{ $$ = SETTING(@$, $1, @1, $3); $$->op = $2; }
| K_GROUPS assign namerefs ';'
	{ $$ = SETTING(@$, $1, @1, $3); $$->op = $2; }
| K_PREFER wordref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_TICKETS wordref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_EARLY_DATA wordref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| allow
;

assign:
  '='
	{ $$ = OP_SET; }
| OP_PLUS
	{ $$ = OP_ADD; }
| OP_MINUS
	{ $$ = OP_REMOVE; }
;

/* Limits. */

limits:
  K_LIMITS name '{' limits_items close
	{ $$ = ast_fill(NAMED(AST_LIMITS, @$, $2, @2), $4); }
;

limits_items:
  %empty
	{ $$ = ast_one(NULL); }
| limits_items limits_item
	{ $$ = ast_push($1, $2); }
| limits_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

limits_item:
  K_CLIENT_HELLO value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_CLIENT_HELLO value within ';'
	{ $$ = SETTING(@$, $1, @1, ast_push(ast_one($2), $3)); }
| K_CLIENT_HELLO within ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_REQUEST_HEAD value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_REQUEST_HEAD value within ';'
	{ $$ = SETTING(@$, $1, @1, ast_push(ast_one($2), $3)); }
| K_REQUEST_HEAD within ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_REQUEST_BODY value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_KEEP_ALIVE value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_RESPONSE within ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_HANDSHAKE within ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_IDLE value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_CONNECT value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_DRAIN value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_HANDSHAKES_IN_FLIGHT value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_KEEPALIVE value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_KEEPALIVE ID ';'
	{ $$ = SETTING(@$, $1, @1, ast_one(LITERAL(AST_WORD, $2, @2))); }
| limit_key limit_values ';'
	{ $$ = SETTING(@$, $1, @1, $2); }
| allow
;

limit_key:
  K_CONNECTIONS | K_CONNECTION_RATE | K_HANDSHAKES | K_BANDWIDTH | K_REQUESTS
;

limit_values:
  value
	{ $$ = ast_one($1); }
| per_source
	{ $$ = ast_one($1); }
| value ',' per_source
	{ $$ = ast_push(ast_one($1), $3); }
;

per_source:
  K_PER_SOURCE value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
;

within:
  K_WITHIN value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
;

/* Certificates. */

certificate:
  K_CERTIFICATE name '{' certificate_items close
	{ $$ = ast_fill(NAMED(AST_CERTIFICATE, @$, $2, @2), $4); }
;

certificate_items:
  %empty
	{ $$ = ast_one(NULL); }
| certificate_items certificate_item
	{ $$ = ast_push($1, $2); }
| certificate_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

certificate_item:
  K_CHAIN string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_KEY string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_STAPLE staple ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_SCT string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_PIN string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_ON_MISSING K_REJECT word ';'
	{ $$ = SETTING(@$, $1, @1, ast_one(LITERAL(AST_WORD, $3, @3))); }
| allow
;

staple:
  word
	{ $$ = LITERAL(AST_WORD, $1, @1); }
| string
;

/* Backends. */

backend:
  K_BACKEND name '{' backend_items close
	{ $$ = ast_fill(NAMED(AST_BACKEND, @$, $2, @2), $4); }
;

backend_items:
  %empty
	{ $$ = ast_one(NULL); }
| backend_items backend_item
	{ $$ = ast_push($1, $2); }
| backend_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

backend_item:
  server
| K_BALANCE wordref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_PROXY_PROTOCOL wordref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_QUEUE value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_SLOW_START value ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_SOURCE addresses ';'
	{ $$ = SETTING(@$, $1, @1, $2); }
| K_TLS '{' tls_items close
	{ $$ = ast_fill(NAMED(AST_TLS, @$, $1, @1), $3); }
| K_HEALTH health_items ';'
	{ $$ = ast_fill(NAMED(AST_HEALTH, @$, $1, @1), $2); }
| where_backend
| allow
;

server:
  K_SERVER address server_options ';'
	{ $$ = ast_fill(ast_adopt(NAMED(AST_SERVER, @$, $1, @1), $2), $3); }
;

server_options:
  %empty
	{ $$ = ast_one(NULL); }
| server_options server_option
	{ $$ = ast_push($1, $2); }
;

server_option:
  K_WEIGHT value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_MAX value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
;

tls_items:
  %empty
	{ $$ = ast_one(NULL); }
| tls_items tls_item
	{ $$ = ast_push($1, $2); }
| tls_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

tls_item:
  K_PROFILE nameref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_SNI string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_ALPN assign strings ';'
	{ $$ = SETTING(@$, $1, @1, $3); $$->op = $2; }
| K_VERIFY verify_items ';'
	{ $$ = SETTING(@$, $1, @1, $2); }
| allow
;

verify_items:
  verify_item
	{ $$ = ast_one($1); }
| verify_items verify_item
	{ $$ = ast_push($1, $2); }
;

verify_item:
  K_CA string live
	{ $$ = SETTING(@$, $1, @1, ast_join(ast_one($2), $3)); }
| K_NAME string
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_SYSTEM
	{ $$ = NAMED(AST_SETTING, @$, $1, @1); }
;

health_items:
  health_item
	{ $$ = ast_one($1); }
| health_items health_item
	{ $$ = ast_push($1, $2); }
;

health_item:
  ID
	{ $$ = NAMED(AST_SETTING, @$, $1, @1); }
| ID STRING
	{ $$ = SETTING(@$, $1, @1, ast_one(
		ast_string(p->arena, @2, $2.text, $2.len))); }
| K_TLS
	{ $$ = NAMED(AST_SETTING, @$, $1, @1); }
| K_SNI string
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_INTERVAL value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_TIMEOUT value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_FALL value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_RISE value
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
;

/* Sites: what is done with a request on a route that decrypts. */

site:
  K_SITE name '{' site_items close
	{ $$ = ast_fill(NAMED(AST_SITE, @$, $2, @2), $4); }
;

site_items:
  %empty
	{ $$ = ast_one(NULL); }
| site_items site_item
	{ $$ = ast_push($1, $2); }
| site_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

site_item:
  path
| edit
| where_site
| allow
;

where_site:
  K_WHERE name K_IS alternatives '{' site_items close
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHERE, @$, $2, @2),
		ast_fill(NEW(AST_VALUES, @4), $4)),
		ast_fill(NEW(AST_BODY, @6), $6)); }
;

path:
  K_PATH K_IS string '{' path_items close
	{ $$ = ast_fill(ast_adopt(NAMED(AST_PATH, @$, $2, @2), $3), $5);
	  $$->op = OP_IS; }
| K_PATH K_UNDER string '{' path_items close
	{ $$ = ast_fill(ast_adopt(NAMED(AST_PATH, @$, $2, @2), $3), $5); }
;

path_items:
  %empty
	{ $$ = ast_one(NULL); }
| path_items path_item
	{ $$ = ast_push($1, $2); }
| path_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

path_item:
  site_when
| K_OTHERWISE site_action ';'
	{ $$ = ast_adopt(NAMED(AST_OTHERWISE, @$, $1, @1), $2); }
| site_action ';'
| edit
| allow
;

edit:
  side K_SET string edit_value ';'
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_EDIT, @$, $1, @1), $3), $4);
	  $$->op = OP_SET; }
| side K_REMOVE string ';'
	{ $$ = ast_adopt(NAMED(AST_EDIT, @$, $1, @1), $3);
	  $$->op = OP_REMOVE; }
;

side:
  K_REQUEST | K_RESPONSE
;

edit_value:
  string
| word
	{ $$ = LITERAL(AST_WORD, $1, @1); }
;

site_when:
  K_WHEN site_terms site_action ';'
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHEN, @$, $1, @1),
		ast_fill(NEW(AST_GUARD, @2), $2)), $3); }
;

site_terms:
  site_term
	{ $$ = ast_one($1); }
| K_NOT site_term
	{ $$ = ast_one($2); $2->flags |= F_NOT; $2->span = @$; }
| site_terms K_AND site_term
	{ $$ = ast_push($1, $3); }
| site_terms K_AND K_NOT site_term
	{ $$ = ast_push($1, $4); $4->flags |= F_NOT;
	  $4->span.begin = @3.begin; }
;

site_term:
  K_SOURCE K_IN source_set
	{ $$ = ast_adopt(NAMED(AST_TERM, @$, $1, @1), $3); $$->op = OP_IN; }
| K_METHOD K_IS alternatives
	{ $$ = ast_fill(NAMED(AST_TERM, @$, $1, @1), $3); $$->op = OP_IS; }
| field_key string K_IS field_values
	{ $$ = ast_fill(ast_adopt(NAMED(AST_TERM, @$, $1, @1), $2), $4);
	  $$->op = OP_IS; }
| field_key string K_PRESENT
	{ $$ = ast_adopt(NAMED(AST_TERM, @$, $1, @1), $2); $$->op = OP_HAS; }
;

field_key:
  K_HEADER | K_QUERY | K_COOKIE
;

field_values:
  string
	{ $$ = ast_one($1); }
| field_values '|' string
	{ $$ = ast_push($1, $3); }
;

site_action:
  K_TO splits sticky
	{ $$ = ast_adopt(ast_fill(NAMED(AST_ANSWER, @$, $1, @1), $2), $3); }
| K_ANSWER value body
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_ANSWER, @$, $1, @1), $2), $3); }
| K_REDIRECT edit_value status
	{ $$ = ast_fill(ast_adopt(NAMED(AST_ANSWER, @$, $1, @1), $2), $3); }
;

splits:
  split
	{ $$ = ast_one($1); }
| splits ',' split
	{ $$ = ast_push($1, $3); }
;

split:
  name
	{ $$ = NAMED(AST_SPLIT, @$, $1, @1); }
| name value
	{ $$ = ast_adopt(NAMED(AST_SPLIT, @$, $1, @1), $2); }
;

sticky:
  %empty
	{ $$ = NULL; }
| K_STICKY string
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
;

body:
  %empty
	{ $$ = NULL; }
| string
;

status:
  %empty
	{ $$ = ast_one(NULL); }
| value
	{ $$ = ast_one($1); }
;

/* Frontends and routes. */

frontend:
  K_FRONTEND name '{' frontend_items close
	{ $$ = ast_fill(NAMED(AST_FRONTEND, @$, $2, @2), $4); }
;

frontend_items:
  %empty
	{ $$ = ast_one(NULL); }
| frontend_items frontend_item
	{ $$ = ast_push($1, $2); }
| frontend_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

frontend_item:
  K_LISTEN addresses ';'
	{ $$ = SETTING(@$, $1, @1, $2); }
| K_LISTEN addresses K_CLEAR ';'
	{ $$ = SETTING(@$, $1, @1, $2); $$->flags |= F_CLEAR; }
| path
| edit
| K_ACCEPT_PROXY K_FROM source_set ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($3)); }
| arm
| route
| common_item
| where_frontend
;

/* What a frontend says for all its routes and a route for itself. */
common_item:
  name_key nameref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_CERTIFICATE namerefs ';'
	{ $$ = SETTING(@$, $1, @1, $2); }
| K_ALPN assign strings ';'
	{ $$ = SETTING(@$, $1, @1, $3); $$->op = $2; }
| K_CLIENT_AUTH K_CA string live crl word_key ';'
	{ $$ = SETTING(@$, $1, @1, ast_push(ast_join(ast_one(
		SETTING(((struct span){ @2.file, @2.begin, @4.end }), $2, @2,
		ast_join(ast_one($3), $4))), $5), LITERAL(AST_WORD, $6, @6))); }
| when
| comply
| allow
;

name_key:
  K_PROFILE | K_LIMITS
;

live:
  %empty
	{ $$ = ast_one(NULL); }
| K_LIVE
	{ $$ = ast_one(NAMED(AST_SETTING, @$, $1, @1)); }
;

crl:
  %empty
	{ $$ = ast_one(NULL); }
| K_CRL string
	{ $$ = ast_one(SETTING(@$, $1, @1, ast_one($2))); }
;

word_key:
  K_REQUIRE | K_REQUEST
;

arm:
  arm_key action ';'
	{ $$ = ast_adopt(NAMED(AST_ARM, @$, $1, @1), $2); }
;

arm_key:
  K_NO_SNI | K_DEFAULT | K_MALFORMED
;

when:
  K_WHEN guard action ';'
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_WHEN, @$, $1, @1), $2), $3); }
;

route:
  K_ROUTE name snis '{' route_items close
	{ $$ = ast_fill(ast_adopt(NAMED(AST_ROUTE, @$, $2, @2), $3), $5); }
;

snis:
  K_SNI strings
	{ $$ = ast_fill(NAMED(AST_SNIS, @$, $1, @1), $2); }
| K_SNI K_IN nameref
	{ $$ = ast_adopt(NAMED(AST_SNIS, @$, $1, @1), $3);
	  $$->flags |= F_IN; }
| K_SNI set_from
	{ $$ = ast_adopt(NAMED(AST_SNIS, @$, $1, @1), $2); }
;

route_items:
  %empty
	{ $$ = ast_one(NULL); }
| route_items route_item
	{ $$ = ast_push($1, $2); }
| route_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

route_item:
  common_item
| K_OTHERWISE action ';'
	{ $$ = ast_adopt(NAMED(AST_OTHERWISE, @$, $1, @1), $2); }
| action ';'
| where_route
;

/* Guards: a conjunction of facts about the client. */

guard:
  terms
	{ $$ = ast_fill(NEW(AST_GUARD, @$), $1); }
;

terms:
  term
	{ $$ = ast_one($1); }
| K_NOT term
	{ $$ = ast_one($2); $2->flags |= F_NOT; $2->span = @$; }
| terms K_AND term
	{ $$ = ast_push($1, $3); }
| terms K_AND K_NOT term
	{ $$ = ast_push($1, $4); $4->flags |= F_NOT;
	  $4->span.begin = @3.begin; }
;

term:
  K_SOURCE K_IN source_set
	{ $$ = ast_adopt(NAMED(AST_TERM, @$, $1, @1), $3); $$->op = OP_IN; }
| K_ALPN K_HAS string
	{ $$ = ast_adopt(NAMED(AST_TERM, @$, $1, @1), $3); $$->op = OP_HAS; }
| K_TLS compare version
	{ $$ = ast_adopt(NAMED(AST_TERM, @$, $1, @1), $3); $$->op = $2; }
;

compare:
  OP_ATLEAST
	{ $$ = OP_GE; }
| OP_ATMOST
	{ $$ = OP_LE; }
| K_IS
	{ $$ = OP_IS; }
;

source_set:
  source_element
| '{' source_elements set_close
	{ $$ = ast_fill(NEW(AST_VALUES, @$), $2); }
;

source_elements:
  source_element
	{ $$ = ast_one($1); }
| source_elements ',' source_element
	{ $$ = ast_push($1, $3); }
| source_elements ','
;

source_element:
  nameref
| ADDR
	{ $$ = LITERAL(AST_ADDR, $1, @1); }
| PARAMREF
	{ $$ = reference(p, F_WANT_ADDR, $1, @1); }
;

/* Actions: the security word comes first. */

action:
  K_PASSTHROUGH K_TO name action_options
	{ $$ = ast_fill(ast_adopt(NAMED(AST_ACTION, @$, $1, @1),
		NAMED(AST_TARGET, @3, $3, @3)), $4); }
| K_OFFLOAD K_TO target action_options
	{ $$ = ast_fill(ast_adopt(NAMED(AST_ACTION, @$, $1, @1),
		NAMED(AST_TARGET, @3, $3, @3)), $4); }
| K_OFFLOAD K_TO K_SITE name with_limits
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_ACTION, @$, $1, @1),
		NAMED(AST_TARGET, @4, $4, @4)), $5);
	  $$->kids->flags |= F_SITE; }
| K_BRIDGE K_TO target action_options
	{ $$ = ast_fill(ast_adopt(NAMED(AST_ACTION, @$, $1, @1),
		NAMED(AST_TARGET, @3, $3, @3)), $4); }
| K_BRIDGE K_TO K_SITE name with_limits
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_ACTION, @$, $1, @1),
		NAMED(AST_TARGET, @4, $4, @4)), $5);
	  $$->kids->flags |= F_SITE; }
| K_REJECT reason_word with_limits
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_ACTION, @$, $1, @1), $2), $3); }
;

reason_word:
  word
	{ $$ = NAMED(AST_TARGET, @$, $1, @1); }
;

action_options:
  enforcing with_limits
	{ $$ = ast_join(ast_one($1), ast_one($2)); }
;

enforcing:
  %empty
	{ $$ = NULL; }
| K_ENFORCING name
	{ $$ = NAMED(AST_ENFORCING, @$, $2, @2); }
;

with_limits:
  %empty
	{ $$ = NULL; }
| K_WITH K_LIMITS name
	{ $$ = NAMED(AST_LIMITSREF, @$, $3, @3); }
;

comply:
  K_COMPLY namerefs ';'
	{ $$ = ast_fill(NAMED(AST_COMPLY, @$, $1, @1), $2); }
;

allow:
  K_ALLOW nameref until because ';'
	{ $$ = ast_adopt(ast_adopt(ast_adopt(NAMED(AST_ALLOW, @$, $1, @1), $2),
		$3), $4); }
;

until:
  %empty
	{ $$ = NULL; }
| K_UNTIL DATE
	{ $$ = LITERAL(AST_DATE, $2, @2); }
;

because:
  %empty
	{ $$ = NULL; }
| K_REASON string
	{ $$ = $2; }
;

/* Proofs and tests. */

assertion:
  K_ASSERT quantifier predicate ':' predicate ';'
	{ $$ = ast_adopt(ast_adopt(NAMED(AST_ASSERT, @$, $2, @2), $3), $5); }
;

quantifier:
  K_EVERY | K_NEVER | K_SOME
;

predicate:
  K_ANY
	{ $$ = NAMED(AST_PRED, @$, $1, @1); }
| facts
	{ $$ = ast_fill(NEW(AST_PRED, @$), $1); }
;

facts:
  fact
	{ $$ = ast_one($1); }
| K_NOT fact
	{ $$ = ast_one($2); $2->flags |= F_NOT; $2->span = @$; }
| facts and fact
	{ $$ = ast_push($1, $3); }
| facts and K_NOT fact
	{ $$ = ast_push($1, $4); $4->flags |= F_NOT;
	  $4->span.begin = @3.begin; }
;

/* `assert never sni "x" source in bots` reads well without it. */
and:
  %empty
| K_AND
;

fact:
  K_SNI strings
	{ $$ = ast_fill(NAMED(AST_PTERM, @$, $1, @1), $2); $$->op = OP_IS; }
| K_SNI K_IN nameref
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $3); $$->op = OP_IN; }
| K_NO_SNI
	{ $$ = NAMED(AST_PTERM, @$, $1, @1); }
| K_SOURCE address
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $2); $$->op = OP_IS; }
| K_SOURCE K_IN source_set
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $3); $$->op = OP_IN; }
| K_ALPN K_HAS string
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $3); $$->op = OP_HAS; }
| K_TLS compare version
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $3); $$->op = $2; }
| K_PROFILE compare version
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $3); $$->op = $2; }
| K_ENFORCING
	{ $$ = NAMED(AST_PTERM, @$, $1, @1); }
| K_VERIFY
	{ $$ = NAMED(AST_PTERM, @$, $1, @1); }
| K_BACKEND K_IN K_SEGMENT nameref
	{ $$ = ast_adopt(NAMED(AST_PTERM, @$, $1, @1), $4); $$->op = OP_IN; }
| fact_key K_IS alternatives
	{ $$ = ast_fill(NAMED(AST_PTERM, @$, $1, @1), $3); $$->op = OP_IS; }
;

fact_key:
  K_LISTENER | K_MODE | K_BACKEND | K_REASON | K_ROUTE | K_CERTIFICATE | K_LINK
| K_CLIENT_AUTH
;

test:
  K_TEST STRING '{' query_items close K_EXPECT expectation ';'
	{ $$ = ast_adopt(ast_fill(ast_string(p->arena, @2, $2.text, $2.len),
		$4), ast_adopt(NEW(AST_EXPECT, @7), $7));
	  $$->kind = AST_TEST; $$->span = @$; }
| K_TEST STRING '{' query_items close error ';'
	{ $$ = NEW(AST_ERROR, @$); OK(); }
;

query_items:
  %empty
	{ $$ = ast_one(NULL); }
| query_items query_item
	{ $$ = ast_push($1, $2); }
| query_items error ';'
	{ $$ = ast_push($1, NEW(AST_ERROR, @2)); OK(); }
;

query_item:
  K_SNI string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_NO_SNI ';'
	{ $$ = NAMED(AST_SETTING, @$, $1, @1); }
| K_SOURCE address ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_ALPN strings ';'
	{ $$ = SETTING(@$, $1, @1, $2); }
| K_TLS version ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_LISTENER nameref ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_REQUEST string ';'
	{ $$ = SETTING(@$, $1, @1, ast_one($2)); }
| K_HEADER string ',' string ';'
	{ $$ = SETTING(@$, $1, @1, ast_push(ast_one($2), $4)); }
;

expectation:
  action
| site_action
| K_REJECT
	{ $$ = NAMED(AST_ACTION, @$, $1, @1); }
;

/* Literals and names. */

value:
  NUMBER
	{ $$ = LITERAL(AST_NUMBER, $1, @1); }
| UNIT
	{ $$ = LITERAL(AST_UNIT, $1, @1); }
| PARAMREF
	{ $$ = reference(p, F_WANT_VALUE, $1, @1); }
;

string:
  STRING
	{ $$ = ast_string(p->arena, @1, $1.text, $1.len); }
| PARAMREF
	{ $$ = reference(p, F_WANT_STRING, $1, @1); }
;

strings:
  string
	{ $$ = ast_one($1); }
| strings ',' string
	{ $$ = ast_push($1, $3); }
;

address:
  ADDR
	{ $$ = LITERAL(AST_ADDR, $1, @1); }
| ID
	{ $$ = LITERAL(AST_ADDR, $1, @1); }
| NUMBER
	{ $$ = LITERAL(AST_ADDR, $1, @1); }
| PARAMREF
	{ $$ = reference(p, F_WANT_ADDR, $1, @1); }
;

addresses:
  address
	{ $$ = ast_one($1); }
| addresses ',' address
	{ $$ = ast_push($1, $3); }
;

version:
  NUMBER
	{ $$ = LITERAL(AST_NUMBER, $1, @1); }
| ID
	{ $$ = LITERAL(AST_WORD, $1, @1); }
;

wordref:
  word
	{ $$ = LITERAL(AST_WORD, $1, @1); }
| PARAMREF
	{ $$ = reference(p, F_WANT_WORD, $1, @1); }
;

nameref:
  word
	{ $$ = LITERAL(AST_WORD, $1, @1); }
| STRING
	{ $$ = LITERAL(AST_WORD, unquoted(p, $1, @1), @1); }
;

namerefs:
  nameref
	{ $$ = ast_one($1); }
| namerefs ',' nameref
	{ $$ = ast_push($1, $3); }
;

name:
  word
	{ $$ = $1; name_fits(p, $$, @1); }
| STRING
	{ $$ = unquoted(p, $1, @1); name_fits(p, $$, @1); }
;

/* Who decrypts for a backend that is called `site` puts it in quotes. */
target:
  other_word
	{ $$ = $1; name_fits(p, $1, @1); }
| STRING
	{ $$ = $1; name_fits(p, $1, @1); }
;

/* Every keyword is also a name. */
word:
  other_word
| K_SITE
;

other_word:
  ID
| K_ACCEPT_PROXY | K_ALLOW | K_ALPN | K_AND | K_ANSWER | K_ANY | K_ASSERT
| K_BACKEND | K_BALANCE | K_BANDWIDTH | K_BRIDGE | K_CA | K_CERTIFICATE
| K_CHAIN | K_CIPHERS | K_CLEAR | K_CLIENT_AUTH | K_CLIENT_HELLO | K_COMPLY
| K_CONNECT | K_CONNECTIONS | K_CONNECTION_RATE | K_COOKIE | K_CRL
| K_DEFAULT | K_DRAIN | K_EARLY_DATA | K_ENFORCING | K_EVERY | K_EXPECT
| K_EXTENDS | K_FALL | K_FROM | K_FRONTEND | K_GROUPS | K_HANDSHAKE
| K_HANDSHAKES | K_HANDSHAKES_IN_FLIGHT | K_HAS | K_HEADER | K_HEALTH
| K_IDLE | K_IN | K_INCLUDE | K_INTERVAL | K_IS | K_KEEPALIVE
| K_KEEP_ALIVE | K_KEY | K_LIMITS | K_LINK | K_LISTEN | K_LISTENER | K_LIVE
| K_MALFORMED | K_MAX | K_METHOD | K_MODE | K_NAME | K_NAMES | K_NEVER
| K_NOT | K_NO_SNI | K_OFFLOAD | K_ON_MISSING | K_OTHERWISE | K_PARAM | K_PASSTHROUGH
| K_PATH | K_PER_SOURCE | K_PIN | K_POLICY | K_PREFER | K_PRESENT
| K_PROFILE | K_PROXY_PROTOCOL | K_QUERY | K_QUEUE | K_REASON | K_REDIRECT
| K_REJECT | K_REMOVE | K_REQUEST | K_REQUESTS | K_REQUEST_BODY
| K_REQUEST_HEAD | K_REQUIRE | K_RESPONSE | K_RISE | K_ROUTE | K_SCT
| K_SEGMENT | K_SERVER | K_SET | K_SLOW_START | K_SNI | K_SOME | K_SOURCE
| K_STAPLE | K_STICKY | K_SYSTEM | K_TEST | K_TICKETS | K_TIMEOUT | K_TLS
| K_TO | K_UNDER | K_UNTIL | K_VERIFY | K_WEIGHT | K_WHEN | K_WHERE
| K_WITH | K_WITHIN
;

%%

/* The code by which the scanner names a symbol. */
static int
code_of(yysymbol_kind_t kind)
{
	for (int code = 1; code <= YYMAXUTOK; code++)
		if (YYTRANSLATE(code) == kind)
			return code;
	return 0;
}

static int
yyreport_syntax_error(const yypcontext_t *context, struct parse *p)
{
	yysymbol_kind_t kinds[YYNTOKENS];
	struct expected expected[YYNTOKENS];
	int n;

	/* In a file full of faults, do not even look for what would do. */
	n = parse_quiet(p) ? 0 :
		yypcontext_expected_tokens(context, kinds, YYNTOKENS);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		expected[i].name = yysymbol_name(kinds[i]);
		expected[i].code = code_of(kinds[i]);
	}
	parse_unexpected(p, expected, (size_t)n);
	return 0;
}

/* With custom reports, only the exhausted stack still comes here. */
static void
policy_yyerror(YYLTYPE *at, struct parse *p, const char *text)
{
	parse_too_deep(p);
}

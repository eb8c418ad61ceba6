// The part of openCypher 9 that reads: MATCH, OPTIONAL MATCH, WHERE, UNWIND, WITH, RETURN with DISTINCT, ORDER BY, SKIP, LIMIT, UNION.
// Nothing in this grammar can change a graph or reach outside of it.
grammar Cypher;

query : single (UNION ALL? single)* ';'? EOF ;

single : clause+ ;

clause
  : OPTIONAL? MATCH pattern (',' pattern)* where?             # match
  | UNWIND expression AS name                                 # unwind
  | WITH projection where?                                    # with
  | RETURN projection                                         # return
  ;

where : WHERE expression ;

projection : DISTINCT? (all=STAR (',' item)* | item (',' item)*) order? skip_? limit_? ;

item : expression (AS name)? ;

order : ORDER BY sort (',' sort)* ;

sort : expression direction=(ASC | ASCENDING | DESC | DESCENDING)? ;

skip_ : SKIP_ expression ;

limit_ : LIMIT expression ;

pattern : (name '=')? chain ;

chain : node (edge node)* | '(' chain ')' ;

node : '(' name? labels? properties? ')' ;

labels : (':' key)+ ;

properties : map ;

edge : left='<'? '-' detail? '-' right='>'? ;

detail : '[' name? types? range? properties? ']' ;

types : ':' key ('|' ':'? key)* ;

range : STAR (from=INTEGER)? (dots='..' (to=INTEGER)?)? ;

// The first of these binds closest.
expression
  : comparison                                                # compared
  | NOT expression                                            # not
  | expression AND expression                                 # and
  | expression XOR expression                                 # xor
  | expression OR expression                                  # or
  ;

comparison : predicated (operator+=('=' | '<>' | '<' | '>' | '<=' | '>=') predicated)* ;

predicated : sum test* ;

test
  : STARTS WITH sum                                           # startsWith
  | ENDS WITH sum                                             # endsWith
  | CONTAINS sum                                              # contains
  | IN sum                                                    # in
  | '=~' sum                                                  # matches
  | IS NOT? NULL                                              # isNull
  ;

sum : product (operator+=('+' | '-') product)* ;

product : power (operator+=(STAR | '/' | '%') power)* ;

power : unary ('^' unary)* ;

unary : sign=('+' | '-')? postfix ;

postfix : atom access* ;

access
  : '.' key                                                   # property
  | '[' expression ']'                                        # element
  | '[' from=expression? '..' to=expression? ']'              # slice
  | ':' key                                                   # hasLabel
  ;

atom
  : literal                                                   # value
  | parameter                                                 # argument
  | CASE subject=expression? (WHEN condition+=expression THEN result+=expression)+ (ELSE otherwise=expression)? END # choice
  | COUNT '(' STAR ')'                                        # countAll
  | EXISTS '{' pattern (',' pattern)* where? '}'              # existsPattern
  | EXISTS '{' single '}'                                     # existsQuery
  | '[' name IN expression (WHERE filter=expression)? ('|' result=expression)? ']' # comprehension
  | '[' (name '=')? chain (WHERE filter=expression)? '|' result=expression ']' # patternComprehension
  | kind=(ALL | ANY | NONE | SINGLE) '(' name IN expression where? ')' # quantified
  | node (edge node)+                                         # patternTest
  | '(' expression ')'                                        # nested
  | name '(' DISTINCT? (expression (',' expression)*)? ')'    # call
  | name                                                      # variable
  ;

literal
  : INTEGER | DECIMAL | STRING | TRUE | FALSE | NULL
  | '[' (expression (',' expression)*)? ']'
  | map
  ;

map : '{' (key ':' expression (',' key ':' expression)*)? '}' ;

parameter : '$' (name | INTEGER) ;

// Words of the language may be names, as in openCypher, where no other reading is possible.
name : NAME | QUOTED | COUNT | EXISTS | ALL | ANY | NONE | SINGLE | END | SKIP_ | LIMIT | ORDER | BY | ASC | ASCENDING | DESC | DESCENDING
     | CONTAINS | STARTS | ENDS | UNION | IS | IN | ON_ ;

// Labels, types and keys stand where nothing else can, so every word will do.
key : name | OPTIONAL | MATCH | UNWIND | AS | WITH | RETURN | WHERE | DISTINCT | OR | XOR | AND | NOT | NULL | TRUE | FALSE | CASE | WHEN | THEN | ELSE ;

UNION : [uU][nN][iI][oO][nN] ;
ALL : [aA][lL][lL] ;
ANY : [aA][nN][yY] ;
NONE : [nN][oO][nN][eE] ;
SINGLE : [sS][iI][nN][gG][lL][eE] ;
OPTIONAL : [oO][pP][tT][iI][oO][nN][aA][lL] ;
MATCH : [mM][aA][tT][cC][hH] ;
UNWIND : [uU][nN][wW][iI][nN][dD] ;
AS : [aA][sS] ;
WITH : [wW][iI][tT][hH] ;
RETURN : [rR][eE][tT][uU][rR][nN] ;
WHERE : [wW][hH][eE][rR][eE] ;
DISTINCT : [dD][iI][sS][tT][iI][nN][cC][tT] ;
ORDER : [oO][rR][dD][eE][rR] ;
BY : [bB][yY] ;
ASC : [aA][sS][cC] ;
ASCENDING : [aA][sS][cC][eE][nN][dD][iI][nN][gG] ;
DESC : [dD][eE][sS][cC] ;
DESCENDING : [dD][eE][sS][cC][eE][nN][dD][iI][nN][gG] ;
SKIP_ : [sS][kK][iI][pP] ;
LIMIT : [lL][iI][mM][iI][tT] ;
OR : [oO][rR] ;
XOR : [xX][oO][rR] ;
AND : [aA][nN][dD] ;
NOT : [nN][oO][tT] ;
STARTS : [sS][tT][aA][rR][tT][sS] ;
ENDS : [eE][nN][dD][sS] ;
CONTAINS : [cC][oO][nN][tT][aA][iI][nN][sS] ;
IN : [iI][nN] ;
IS : [iI][sS] ;
NULL : [nN][uU][lL][lL] ;
TRUE : [tT][rR][uU][eE] ;
FALSE : [fF][aA][lL][sS][eE] ;
CASE : [cC][aA][sS][eE] ;
WHEN : [wW][hH][eE][nN] ;
THEN : [tT][hH][eE][nN] ;
ELSE : [eE][lL][sS][eE] ;
END : [eE][nN][dD] ;
COUNT : [cC][oO][uU][nN][tT] ;
EXISTS : [eE][xX][iI][sS][tT][sS] ;
ON_ : [oO][nN] ;

STAR : '*' ;

DECIMAL
  : [0-9]+ '.' [0-9]+ ([eE] [+-]? [0-9]+)?
  | '.' [0-9]+ ([eE] [+-]? [0-9]+)?
  | [0-9]+ [eE] [+-]? [0-9]+
  ;
INTEGER : '0x' [0-9a-fA-F]+ | '0o' [0-7]+ | [0-9]+ ;
STRING
  : '\'' (~['\\] | '\\' .)* '\''
  | '"' (~["\\] | '\\' .)* '"'
  ;
QUOTED : ('`' ~'`'* '`')+ ;
NAME : [\p{ID_Start}_] [\p{ID_Continue}]* ;

BLANK : [\p{White_Space}]+ -> skip ;
COMMENT : '/*' .*? '*/' -> skip ;
LINE_COMMENT : '//' ~[\r\n]* -> skip ;

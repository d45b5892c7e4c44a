/* The door to libldns: its headers, and nothing else. Only the LDNS room imports this module. */
#ifndef CLDNS_H
#define CLDNS_H
#include <stdbool.h>
#include <ldns/ldns.h>
#endif

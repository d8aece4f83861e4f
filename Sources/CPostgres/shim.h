// libpq, and those of its macros that Swift does not import.
#ifndef LATCHKEY_CPOSTGRES_SHIM_H
#define LATCHKEY_CPOSTGRES_SHIM_H
#include <libpq-fe.h>
#include <sys/eventfd.h>

static const int latchkey_pg_sqlstate = PG_DIAG_SQLSTATE;
static const int latchkey_pg_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int latchkey_pg_message = PG_DIAG_MESSAGE_PRIMARY;
static const int latchkey_pg_table = PG_DIAG_TABLE_NAME;
static const int latchkey_pg_column = PG_DIAG_COLUMN_NAME;
static const int latchkey_pg_constraint = PG_DIAG_CONSTRAINT_NAME;

// Wakes whoever polls it; the system's module map leaves it out.
static inline int latchkey_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline int latchkey_eventfd_ring(int descriptor) { return eventfd_write(descriptor, 1); }
#endif

/*
 * Test servers of CAs: where a `--dry-run` of a lineage from that CA goes.
 */
#ifndef APP_ISSUE_REHEARSAL_H
#define APP_ISSUE_REHEARSAL_H

/* Directory URL of the CA's test server, static; NULL when it has none that is known. A test server
 * stands for itself. */
const char *rehearsal_server(const char *server_url);

#endif

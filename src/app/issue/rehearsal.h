/*
 * Test servers of CAs, which `--dry-run` uses for a lineage from that CA.
 */
#ifndef APP_ISSUE_REHEARSAL_H
#define APP_ISSUE_REHEARSAL_H

/* Returns the directory URL of the CA's test server, a static string, or NULL when none is known. A
 * test server is its own test server. */
const char *rehearsal_server(const char *server_url);

#endif

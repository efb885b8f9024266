/*
 * The child process that performs the HTTP client's requests. main() runs it when argv[0] is its
 * name.
 */
#ifndef NET_HTTP_WORKER_H
#define NET_HTTP_WORKER_H

/* Serves the channel (fd 3) until it is closed. Returns an exit status. */
int http_worker_main(char *const *argv);
/* argv[0] by which main() recognises the child. */
#define HTTP_WORKER_NAME "certbot: network"
/* Its argument when the setup has a CA bundle, so that it never reads the system's. */
#define HTTP_WORKER_CA_BUNDLE "ca-bundle"

#endif

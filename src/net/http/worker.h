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
/* Its argument when it is to know the system's whole store of CA certificates. Without it, a worker
 * may know the common part only, and gives back requests to servers that do not pass by that. */
#define HTTP_WORKER_WHOLE_STORE "whole-store"

#endif

/*
 * The child that does the HTTP client's work; main() becomes it when its name asks for that.
 */
#ifndef NET_HTTP_WORKER_H
#define NET_HTTP_WORKER_H

/* Serves the channel (fd 3) until it closes. Returns an exit status. */
int http_worker_main(char *const *argv);
/* argv[0] by which main() recognises the child. */
#define HTTP_WORKER_NAME "certbot: network"

#endif

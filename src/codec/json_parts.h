/*
 * Internals shared by the files that implement json.h; nobody else includes this.
 */
#ifndef CODEC_JSON_PARTS_H
#define CODEC_JSON_PARTS_H

/* Maximum nesting of objects and arrays. */
enum { JSON_MAX_DEPTH = 32 };

#endif

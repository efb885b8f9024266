/*
 * What the files behind json.h share; nobody else includes this.
 */
#ifndef CODEC_JSON_PARTS_H
#define CODEC_JSON_PARTS_H

/* Levels of objects and arrays in each other. */
enum { JSON_MAX_DEPTH = 32 };

#endif

/*
 * Language helpers: attributes, array length, scope-bound ownership.
 *
 * Ownership in this tree is declared where a resource is acquired:
 *
 *	AUTO_FREE char *path = NULL;            freed with free()
 *	AUTO(strbuf) struct strbuf text = ...;  released with strbuf_release()
 *	return STEAL(path);                     ownership leaves the scope
 *
 * DEFINE_AUTO() in a type's header makes it usable with AUTO(). An AUTO variable must be
 * initialised in its declaration, and no goto may cross one.
 */
#ifndef BASE_MACROS_H
#define BASE_MACROS_H

#include <stddef.h>

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN __attribute__((noreturn))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* The struct that has *pointer as a member: how a callback gets from its argument to the whole. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* Compile-time check, usable at file scope. */
#define STATIC_ASSERT(condition, text) _Static_assert(condition, text)

/* Runs auto_cleanup_<type>() on the variable when its scope ends. The variable may exist only for
 * that purpose. */
#define AUTO(type) __attribute__((cleanup(auto_cleanup_##type), unused))

/* Ties a value type (struct on the stack) to its release function. */
#define DEFINE_AUTO(type, release)                                                                 \
	static inline void auto_cleanup_##type(struct type *value)                                 \
	{                                                                                          \
		release(value);                                                                    \
	}                                                                                          \
	struct type

/* Ties a heap object (pointer variable) to its free function, which must accept NULL. */
#define DEFINE_AUTO_PTR(type, free_function)                                                       \
	static inline void auto_cleanup_##type(struct type **pointer)                              \
	{                                                                                          \
		free_function(*pointer);                                                           \
	}                                                                                          \
	struct type

/* Takes the value out of an AUTO pointer variable and leaves NULL behind. */
#define STEAL(pointer)                                                                             \
	({                                                                                         \
		__typeof__(pointer) stolen_ = (pointer);                                           \
		(pointer) = NULL;                                                                  \
		stolen_;                                                                           \
	})

#endif

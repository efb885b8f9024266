/*
 * The directory for what need not survive a restart of the machine. It is in memory, so it has room
 * when the disks are full.
 */
#ifndef OS_FILE_RUNTIME_DIR_H
#define OS_FILE_RUNTIME_DIR_H

/* Returns /run/certbot for root, and $XDG_RUNTIME_DIR/certbot for other users, which the caller
 * frees; NULL: there is no such place. The last directory may be missing: make it with mode
 * 0700. */
char *runtime_dir_path(void);

#endif

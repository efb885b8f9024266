/*
 * The Proxmox installer: the certificate of the web interfaces of Proxmox VE and Proxmox Backup
 * Server on this machine.
 *
 * Proxmox VE has one for its cluster (pve-ssl.*), which is not ours to touch, and takes
 * pveproxy-ssl.* for the interface if that is there. Its directory is a file system of its own
 * (pmxcfs), which decides on owners and modes itself, has no links, and is read-only while the
 * cluster has no quorum.
 */
#ifndef PLUGINS_PROXMOX_PROXMOX_H
#define PLUGINS_PROXMOX_PROXMOX_H

#include "plugin/plugin.h"

extern const struct plugin proxmox_plugin;

#endif

/*
 * `handover` and `handback`: decide which program renews certificates on this machine
 * automatically.
 */
#ifndef HANDOVER_HANDOVER_H
#define HANDOVER_HANDOVER_H

#include "app/app.h"

/* Disables the timers and cron lines of another Certbot and enables ours, if `shadow` finds no
 * difference. Resumes a run that was interrupted. ERR_REFUSED: the programs differ, a plugin is
 * missing, or somebody has changed a file since an earlier run. */
int handover_run(struct app *app, struct error *err) WARN_UNUSED;
/* Puts back everything that `handover` has changed. ERR_REFUSED: somebody has changed a file in the
 * meantime; nothing was put back. */
int handback_run(struct app *app, struct error *err) WARN_UNUSED;

#endif

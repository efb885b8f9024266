/*
 * Memory of what was seen of a lineage in the store (see view.h).
 */
#include "fleet/view.h"

#include <stdlib.h>

void fleet_view_release(struct fleet_view *view)
{
	error_release(&view->error);
	free(view->owner);
	free(view->failed_on);
	free(view->problem);
	*view = (struct fleet_view)FLEET_VIEW_INIT;
}

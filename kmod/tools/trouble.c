// SPDX-License-Identifier: GPL-2.0-only
#include "trouble.h"

#define LOAD "sudo modprobe virtcam devices=0"

/* The kernel lets in no module that is not signed, and ours is not known. */
static char *explain_refusal(const struct facts *facts)
{
	const char *why = facts->secure_boot
		? "Secure Boot is on, so this kernel loads"
		: "This kernel loads";
	g_autofree char *whose = facts->signer
		? g_strdup_printf("is signed by '%s'; if modprobe says \"Key was rejected by service\", that key is not known",
				  facts->signer)
		: g_strdup("is not signed");
	const char *remedy = facts->dkms_key
		? "Let the machine know the key that DKMS signs with: sudo mokutil --import /var/lib/dkms/mok.pub; restart, and choose \"Enroll MOK\"; then " LOAD
		: "Sign the module with a key that the machine knows (mokutil --import tells it one), or switch Secure Boot off in the firmware's settings; then " LOAD;

	return g_strdup_printf("the module virtcam is not loaded. %s only modules signed by a key that it knows, and virtcam %s. %s",
			       why, whose, remedy);
}

static char *explain_absence(const struct facts *facts)
{
	if (!facts->installed)
		return g_strdup_printf("there is no module virtcam for this kernel, %s. Build and install it for this one: with the package virtcam-dkms, sudo dkms autoinstall (it wants the package linux-headers-%s); from source, see docs/install.md",
				       facts->kernel, facts->kernel);
	if (facts->signed_only)
		return explain_refusal(facts);
	return g_strdup("the module virtcam is not loaded: " LOAD);
}

/**
 * trouble_explain() - why directories cannot make cameras
 * @facts: what the system says
 *
 * Return: what is wrong and what to do, the caller's to free; NULL if nothing is.
 */
char *trouble_explain(const struct facts *facts)
{
	if (!facts->loaded)
		return explain_absence(facts);
	if (!facts->configfs)
		return g_strdup("configfs is not mounted: sudo mount -t configfs none /sys/kernel/config");
	if (!facts->directories)
		return g_strdup("the module virtcam makes no cameras by configfs here, since it was built for a kernel without CONFIG_CONFIGFS_FS. Its parameters make some: sudo modprobe -r virtcam; sudo modprobe virtcam devices=1 feeds=1");
	return NULL;
}

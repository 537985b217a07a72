/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's own asm/byteorder.h has and the one for programs lacks. */
#ifndef UNIT_ASM_BYTEORDER_H
#define UNIT_ASM_BYTEORDER_H

#include_next <asm/byteorder.h>

#define le16_to_cpu __le16_to_cpu
#define le32_to_cpu __le32_to_cpu
#define le64_to_cpu __le64_to_cpu
#define cpu_to_le32 __cpu_to_le32
#define cpu_to_le64 __cpu_to_le64

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: the stations of a frame on its way through the kernel. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM virtcam

#if !defined(VIRTCAM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VIRTCAM_TRACE_H

#include <linux/tracepoint.h>

/* A program gave an empty buffer: it has no number in the stream yet. */
TRACE_EVENT(virtcam_queued,
	TP_PROTO(int node, unsigned int index),
	TP_ARGS(node, index),
	TP_STRUCT__entry(
		__field(int, node)
		__field(unsigned int, index)
	),
	TP_fast_assign(
		__entry->node = node;
		__entry->index = index;
	),
	TP_printk("video%d index=%u", __entry->node, __entry->index)
);

DECLARE_EVENT_CLASS(virtcam_frame_class,
	TP_PROTO(int node, unsigned int index, u32 sequence, u64 timestamp),
	TP_ARGS(node, index, sequence, timestamp),
	/* A hole between or behind them would show the ring's old bytes. */
	TP_STRUCT__entry(
		__field(u64, timestamp)
		__field(u32, sequence)
		__field(u16, node)
		__field(u16, index)
	),
	TP_fast_assign(
		__entry->timestamp = timestamp;
		__entry->sequence = sequence;
		__entry->node = node;
		__entry->index = index;
	),
	TP_printk("video%u index=%u sequence=%u timestamp=%llu",
		  __entry->node, __entry->index, __entry->sequence,
		  __entry->timestamp)
);

/* The provider has filled it. */
DEFINE_EVENT(virtcam_frame_class, virtcam_filled,
	TP_PROTO(int node, unsigned int index, u32 sequence, u64 timestamp),
	TP_ARGS(node, index, sequence, timestamp)
);

/* A program can dequeue it. */
DEFINE_EVENT(virtcam_frame_class, virtcam_done,
	TP_PROTO(int node, unsigned int index, u32 sequence, u64 timestamp),
	TP_ARGS(node, index, sequence, timestamp)
);

/*
 * No program gets these frames: there was no empty buffer, or the provider gave
 * them up, for example because it was late.
 */
TRACE_EVENT(virtcam_dropped,
	TP_PROTO(int node, u32 sequence, u32 count),
	TP_ARGS(node, sequence, count),
	TP_STRUCT__entry(
		__field(int, node)
		__field(u32, sequence)
		__field(u32, count)
	),
	TP_fast_assign(
		__entry->node = node;
		__entry->sequence = sequence;
		__entry->count = count;
	),
	TP_printk("video%d sequence=%u count=%u", __entry->node,
		  __entry->sequence, __entry->count)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

// Programs that call a stub, in the manner of those into which filters are injected. Nothing of the system's is included, so
// that clang alone compiles them: clang -O2 -g -target bpf -c stubs.c
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;

#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index; };

struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index,
		cb[5], hash, tc_classid, data, data_end;
};

struct bpf_raw_tracepoint_args { u64 args[0]; };

static __noinline bool filter_l2(void *a, void *b, void *c, void *data, void *data_end)
{
	return data != data_end && a == b && b == c;
}

static __noinline bool filter_l3(void *a, void *b, void *c, void *data, void *data_end)
{
	return data != data_end && a == b && b == c;
}

// answer tells which of the two filters match, and whether the packet is long.
static __noinline int answer(void *ctx, void *data, void *data_end)
{
	int out = 0;
	if (data + 14 > data_end)
		return 100;
	if (filter_l2(ctx, ctx, ctx, data, data_end))
		out += 1;
	if (filter_l3(ctx, ctx, ctx, data + 14, data_end))
		out += 2;
	if (data + 100 <= data_end)
		out += 4;
	return out;
}

SEC("xdp") int on_xdp(struct xdp_md *ctx)
{
	return answer(ctx, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

SEC("classifier") int on_tc(struct __sk_buff *ctx)
{
	return answer(ctx, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

SEC("raw_tracepoint/netif_receive_skb") int on_receive(struct bpf_raw_tracepoint_args *ctx)
{
	void *data = (void *)ctx->args[0], *end = data + ctx->args[1];
	int out = 0;
	if (filter_l2(ctx, ctx, ctx, data, end))
		out += 1;
	if (filter_l3(ctx, ctx, ctx, data + 14, end))
		out += 2;
	return out;
}

SEC("license") char _license[] = "GPL";

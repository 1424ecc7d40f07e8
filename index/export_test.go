package index

import "context"

// BuildBlocks is Build with small blocks.
func BuildBlocks(ctx context.Context, path string, packets int) (Summary, error) {
	return build(ctx, path, true, packets)
}

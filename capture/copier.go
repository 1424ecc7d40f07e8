package capture

import (
	"fmt"
	"io"

	"bpfc/linktype"
)

// Copier writes packets to a new file that come from another capture, with the interfaces they come from: what they need is
// described in a pcapng file when the first packet of each comes, and a pcap file holds all that are of one link-layer type.
// From pcapng to pcapng blocks are taken over as they are, see [Reader.NewCopy]. It is not safe for concurrent use, but as
// [Writer] says.
type Copier struct {
	*Writer
	link   linktype.Type // of the first interface
	ifaces map[int]int   // number in the capture to number in the file
}

// MixedTypesError is for a packet of another link-layer type than the pcap file has that it was to be written to.
// It is safe for concurrent use as long as nobody changes it.
type MixedTypesError struct {
	Packet uint64        // its number in the capture, from 1
	Type   linktype.Type // of the packet
	File   linktype.Type // of the file written
}

func (e *MixedTypesError) Error() string {
	return fmt.Sprintf("packet %d is of link-layer type %v, the pcap file written of %v: only pcapng can hold both", e.Packet, e.Type, e.File)
}

// NewCopier begins a file on dst. o.Source is where the packets come from, nil if that is no file; o.First or o.LinkType
// describes interface 0 of that.
func NewCopier(dst io.Writer, o WriterOptions) (c *Copier, err error) {
	c = &Copier{link: o.LinkType, ifaces: map[int]int{0: 0}}
	if o.First != nil {
		c.link = o.First.LinkType
	}
	if o.Format == Pcapng && o.Source != nil && o.Source.Format() == Pcapng {
		c.Writer, err = o.Source.newCopy(dst, o.Whole)
	} else {
		c.Writer, err = NewWriter(dst, o)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// TakesBlocks tells whether blocks of the file read are taken over.
func (c *Copier) TakesBlocks() bool { return c.copied != nil }

// Copy writes a packet of the capture, which comes from iface. An error is a *[MixedTypesError], or one of writing.
func (c *Copier) Copy(p *Packet, iface *Interface) error {
	if c.TakesBlocks() {
		return c.CopyPacket(p)
	}
	q := *p
	if c.format == Pcap {
		if iface.LinkType != c.link {
			return &MixedTypesError{p.Number, iface.LinkType, c.link}
		}
		return c.WritePacket(&q)
	}
	number, ok := c.ifaces[p.Interface]
	if !ok {
		var err error
		if number, err = c.AddInterface(*iface); err != nil {
			return err
		}
		c.ifaces[p.Interface] = number
	}
	q.Interface = number
	return c.WritePacket(&q)
}

// CopyBatch writes the packets of a batch whose verdict is not 0, and tells how many they are; where blocks are taken over,
// those without packets too, see [ScanOptions].CopiesBlocks. To a pcap file packets are moved by [Batch.Compact], after which
// the batch is of no more use.
func (c *Copier) CopyBatch(b *Batch) (copied int, err error) {
	if c.format == Pcap {
		mixed := c.mixed(b)
		copied = b.Compact(c.nanosecond)
		c.odd += b.late
		err := c.WriteRecords(b.Accepted)
		if err == nil && mixed != nil {
			return copied, mixed
		}
		return copied, err
	}
	if c.TakesBlocks() && b.ng.on {
		return c.copyBlocks(b)
	}
	for i, v := range b.Verdicts {
		if v == 0 {
			continue
		}
		copied++
		p := b.Packet(i)
		if err := c.Copy(&p, &b.Interfaces[p.Interface]); err != nil {
			return copied, err
		}
	}
	return copied, nil
}

// mixed cuts a batch before the first packet that matches and is of another link-layer type than the file, and gives the
// error for it; nil where there is none.
func (c *Copier) mixed(b *Batch) *MixedTypesError {
	others := false
	for i := range b.Interfaces {
		others = others || b.Interfaces[i].LinkType != c.link
	}
	for i := 0; others && i < len(b.Records); i++ {
		if link := b.Interfaces[b.Records[i].Interface].LinkType; b.Verdicts[i] != 0 && link != c.link {
			b.Records, b.Verdicts = b.Records[:i], b.Verdicts[:i]
			return &MixedTypesError{b.First + uint64(i), link, c.link}
		}
	}
	return nil
}

// CopyOptions says how to write packets of this file: as pcap or, if pcapng is set or it takes pcapng to hold several
// link-layer types, as pcapng; and with time stamps as fine. Of a pipe, those types count that are described in what has
// arrived first.
func (r *Reader) CopyOptions(pcapng bool) WriterOptions {
	o := WriterOptions{Format: Pcap, Source: r}
	all := r.Interfaces()
	if !pcapng {
		all, _ = r.AllInterfaces()
	}
	for i := range all {
		pcapng = pcapng || all[i].LinkType != all[0].LinkType
		o.Nanosecond = o.Nanosecond || all[i].NanosecondTimestamps()
	}
	if pcapng {
		o.Format = Pcapng
	}
	o.First = onlyInterface(all)
	return o
}

// onlyInterface describes the interface of a file that is written for several, of one link-layer type.
func onlyInterface(all []Interface) *Interface {
	if len(all) == 0 {
		return &Interface{LinkType: linktype.EN10MB, Snaplen: MaxSnaplen, FCSLen: -1}
	}
	only := all[0]
	for i := range all {
		if all[i].FCSLen != only.FCSLen {
			only.FCSLen = -1
		}
	}
	return &only
}

// Package beam filters archives of capture files with Apache Beam, on one machine or on a cluster that runs Beam pipelines
// (Flink, Spark, Dataflow).
//
//	p, s := beam.NewPipelineWithRoot() // github.com/apache/beam/sdks/v2/go/pkg/beam
//	packets, dead := bpfcbeam.Read(s, "tcp port 443", "/archive/*.pcap.gz")
//	bpfcbeam.WritePcap(s, "/out/https", 16, packets)
//	bpfcbeam.WriteLines(s, "/out/dead.tsv", bpfcbeam.DeadLines(s, dead))
//
// # The machine
//
// [Read] finds files and has each read by one worker; a large pcap file that is not compressed is cut into pieces at records, by
// a walk over its headers, which are read by several. The filter runs where the packets are read, compiled once for each
// worker process and link-layer type, so that only what matches travels. A file that cannot be read, or not to its end, goes
// with its reason to the second output; what is good before the damage is not lost.
//
// [WritePcap] puts packets into shards by file and number, which is the same each time, sorts each shard by time, and writes
// it aside and renames it. Names are told by the shard alone, so that a bundle that is done twice, or a job that
// was killed and is run again, replaces files by the same ones: nothing is lost or twice. A shard is sorted in memory up to
// [SortBytes], and beyond that through temporary files on the worker.
//
// Filesystems are those of Beam that the program has registered: a name without a scheme is a local file, gs:// and s3:// need
// an import of Beam's packages filesystem/gcs and filesystem/s3. There is no distribution of this package's own.
//
// The package keeps its API compatible within a major version.
package bpfcbeam

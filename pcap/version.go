package pcap

// Version says what this is, and which libpcap has the same filter language.
func Version() string { return "bpfc, with the filter language of libpcap version 1.11" }

package pcap

import (
	"strings"

	"bpfc/linktype"
)

// Datalink is a link-layer type: its name, as "EN10MB", and what that stands for, as "Ethernet".
type Datalink struct {
	Name        string
	Description string
}

// named gives the type with a DLT_ number, if libpcap has a name for it.
func named(dlt int) (linktype.Type, bool) {
	t := linktype.Type(dlt)
	if int(t) != dlt || !t.Known() {
		return 0, false
	}
	for _, r := range unnamed {
		if r.first <= t && t <= r.last {
			return 0, false
		}
	}
	return t, true
}

// DatalinkValToName gives the name of a DLT_ number; "" if libpcap has none for it.
func DatalinkValToName(dlt int) string {
	t, ok := named(dlt)
	switch {
	case !ok:
		return ""
	case t == linktype.I2C_LINUX:
		return ipmbLinux
	}
	return t.String()
}

// DatalinkValToDescription describes a DLT_ number; "" if libpcap has no name for it.
func DatalinkValToDescription(dlt int) string {
	t, ok := named(dlt)
	if !ok {
		return ""
	}
	if text, ok := libpcapDescriptions[t]; ok {
		return text
	}
	return t.Description()
}

// DatalinkNameToVal gives the DLT_ number of a name in any case, without "DLT_" before it; -1 if nothing is called so.
func DatalinkNameToVal(name string) int {
	name = cString(name)
	for _, t := range linktype.All() {
		if n := DatalinkValToName(int(t)); n != "" && strings.EqualFold(n, name) {
			return int(t)
		}
	}
	return -1
}

// ipmbLinux is what libpcap 1.10 calls I2C_LINUX.
const ipmbLinux = "IPMB_LINUX"

// libpcapDescriptions are the descriptions of libpcap 1.10 (dlt_choices in pcap.c), where package linktype has its own.
var libpcapDescriptions = map[linktype.Type]string{
	linktype.NULL:                    "BSD loopback",
	linktype.IEEE802:                 "Token ring",
	linktype.ARCNET:                  "BSD ARCNET",
	linktype.ATM_RFC1483:             "RFC 1483 LLC-encapsulated ATM",
	linktype.RAW:                     "Raw IP",
	linktype.SLIP_BSDOS:              "BSD/OS SLIP",
	linktype.PPP_BSDOS:               "BSD/OS PPP",
	linktype.ATM_CLIP:                "Linux Classical IP over ATM",
	linktype.PPP_SERIAL:              "PPP over serial",
	linktype.PPP_ETHER:               "PPPoE",
	linktype.SYMANTEC_FIREWALL:       "Symantec Firewall",
	linktype.LOOP:                    "OpenBSD loopback",
	linktype.ENC:                     "OpenBSD encapsulated IP",
	linktype.LINUX_SLL:               "Linux cooked v1",
	linktype.LTALK:                   "Localtalk",
	linktype.PFLOG:                   "OpenBSD pflog file",
	linktype.PRISM_HEADER:            "802.11 plus Prism header",
	linktype.IP_OVER_FC:              "RFC 2625 IP-over-Fibre Channel",
	linktype.SUNATM:                  "Sun raw ATM",
	linktype.IEEE802_11_RADIO:        "802.11 plus radiotap header",
	linktype.ARCNET_LINUX:            "Linux ARCNET",
	linktype.APPLE_IP_OVER_IEEE1394:  "Apple IP-over-IEEE 1394",
	linktype.IEEE802_11_RADIO_AVS:    "802.11 plus AVS radio information header",
	linktype.PPP_PPPD:                "PPP for pppd, with direction flag",
	linktype.CAN20B:                  "Controller Area Network (CAN) v. 2.0B",
	linktype.PPI:                     "Per-Packet Information",
	linktype.I2C_LINUX:               "IPMB with Linux/Pigeon Point pseudo-header",
	linktype.MPLS:                    "MPLS with label as link-layer header",
	linktype.WIHART:                  "Wireless HART",
	linktype.CAN_SOCKETCAN:           "CAN-bus with SocketCAN headers",
	linktype.IPV4:                    "Raw IPv4",
	linktype.IPV6:                    "Raw IPv6",
	linktype.NFLOG:                   "Linux netfilter log messages",
	linktype.NETANALYZER:             "Ethernet with Hilscher netANALYZER pseudo-header",
	linktype.NETANALYZER_TRANSPARENT: "Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD",
	linktype.IPOIB:                   "RFC 4391 IP-over-Infiniband",
	linktype.RTAC_SERIAL:             "Schweitzer Engineering Laboratories RTAC packets",
	linktype.BLUETOOTH_BREDR_BB:      "Bluetooth Basic Rate/Enhanced Data Rate baseband packets",
	linktype.PROFIBUS_DL:             "PROFIBUS data link layer",
	linktype.PKTAP:                   "Apple DLT_PKTAP",
	linktype.WATTSTOPPER_DLM:         "WattStopper Digital Lighting Management (DLM) and Legrand Nitoo Open protocol",
	linktype.OPENFLOW:                "OpenBSD DLT_OPENFLOW",
	linktype.NORDIC_BLE:              "Nordic Semiconductor Bluetooth LE sniffer frames",
	linktype.DOCSIS31_XRA31:          "Excentis XRA-31 DOCSIS 3.1 RF sniffer frames",
	linktype.LINUX_SLL2:              "Linux cooked v2",
	linktype.EBHSCR:                  "Elektrobit High Speed Capture and Replay (EBHSCR)",
	linktype.DSA_TAG_BRCM:            "Broadcom tag",
	linktype.DSA_TAG_BRCM_PREPEND:    "Broadcom tag (prepended)",
	linktype.DSA_TAG_DSA:             "Marvell DSA",
	linktype.DSA_TAG_EDSA:            "Marvell EDSA",
	linktype.Z_WAVE_SERIAL:           "Z-Wave serial frames between host and chip",
	linktype.USB_2_0:                 "USB 2.0/1.1/1.0 as transmitted over the cable",
}

// unnamed are the types for which libpcap 1.10 has a number and no name.
var unnamed = []struct{ first, last linktype.Type }{
	{linktype.EN3MB, linktype.CHAOS},
	{linktype.REDBACK_SMARTEDGE, linktype.REDBACK_SMARTEDGE},
	{linktype.ECONET, linktype.IPFILTER},
	{linktype.CISCO_IOS, linktype.CISCO_IOS},
	{linktype.AIRONET_HEADER, linktype.HHDLC},
	{linktype.RIO, linktype.AURORA},
	{linktype.TZSP, linktype.TZSP},
	{linktype.IBM_SP, linktype.USER15},
	{linktype.GCOM_T1E1, linktype.GCOM_SERIAL},
	{linktype.LAPD, linktype.LAPB_WITH_DIR},
	{linktype.FLEXRAY, linktype.X2E_XORAYA},
	{linktype.GSMTAP_UM, linktype.GSMTAP_ABIS},
	{linktype.WIRESHARK_UPPER_PDU, linktype.WIRESHARK_UPPER_PDU},
	{linktype.LORATAP, linktype.LORATAP},
	{linktype.SERCOS_MONITOR, linktype.SERCOS_MONITOR},
	{linktype.ETW, linktype.DECT_NR},
}

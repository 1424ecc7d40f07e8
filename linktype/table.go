package linktype

// The link-layer types, under libpcap's DLT_ names without that prefix. Numbers are those of libpcap on Linux
// (pcap/dlt.h); some systems number a few of them differently.
const (
	NULL                       Type = 0
	EN10MB                     Type = 1
	EN3MB                      Type = 2
	AX25                       Type = 3
	PRONET                     Type = 4
	CHAOS                      Type = 5
	IEEE802                    Type = 6
	ARCNET                     Type = 7
	SLIP                       Type = 8
	PPP                        Type = 9
	FDDI                       Type = 10
	ATM_RFC1483                Type = 11
	RAW                        Type = 12
	SLIP_BSDOS                 Type = 15
	PPP_BSDOS                  Type = 16
	ATM_CLIP                   Type = 19
	REDBACK_SMARTEDGE          Type = 32
	PPP_SERIAL                 Type = 50
	PPP_ETHER                  Type = 51
	SYMANTEC_FIREWALL          Type = 99
	C_HDLC                     Type = 104
	IEEE802_11                 Type = 105
	FRELAY                     Type = 107
	LOOP                       Type = 108
	ENC                        Type = 109
	LINUX_SLL                  Type = 113
	LTALK                      Type = 114
	ECONET                     Type = 115
	IPFILTER                   Type = 116
	PFLOG                      Type = 117
	CISCO_IOS                  Type = 118
	PRISM_HEADER               Type = 119
	AIRONET_HEADER             Type = 120
	HHDLC                      Type = 121
	IP_OVER_FC                 Type = 122
	SUNATM                     Type = 123
	RIO                        Type = 124
	PCI_EXP                    Type = 125
	AURORA                     Type = 126
	IEEE802_11_RADIO           Type = 127
	TZSP                       Type = 128
	ARCNET_LINUX               Type = 129
	JUNIPER_MLPPP              Type = 130
	JUNIPER_MLFR               Type = 131
	JUNIPER_ES                 Type = 132
	JUNIPER_GGSN               Type = 133
	JUNIPER_MFR                Type = 134
	JUNIPER_ATM2               Type = 135
	JUNIPER_SERVICES           Type = 136
	JUNIPER_ATM1               Type = 137
	APPLE_IP_OVER_IEEE1394     Type = 138
	MTP2_WITH_PHDR             Type = 139
	MTP2                       Type = 140
	MTP3                       Type = 141
	SCCP                       Type = 142
	DOCSIS                     Type = 143
	LINUX_IRDA                 Type = 144
	IBM_SP                     Type = 145
	IBM_SN                     Type = 146
	USER0                      Type = 147
	USER1                      Type = 148
	USER2                      Type = 149
	USER3                      Type = 150
	USER4                      Type = 151
	USER5                      Type = 152
	USER6                      Type = 153
	USER7                      Type = 154
	USER8                      Type = 155
	USER9                      Type = 156
	USER10                     Type = 157
	USER11                     Type = 158
	USER12                     Type = 159
	USER13                     Type = 160
	USER14                     Type = 161
	USER15                     Type = 162
	IEEE802_11_RADIO_AVS       Type = 163
	JUNIPER_MONITOR            Type = 164
	BACNET_MS_TP               Type = 165
	PPP_PPPD                   Type = 166
	JUNIPER_PPPOE              Type = 167
	JUNIPER_PPPOE_ATM          Type = 168
	GPRS_LLC                   Type = 169
	GPF_T                      Type = 170
	GPF_F                      Type = 171
	GCOM_T1E1                  Type = 172
	GCOM_SERIAL                Type = 173
	JUNIPER_PIC_PEER           Type = 174
	ERF_ETH                    Type = 175
	ERF_POS                    Type = 176
	LINUX_LAPD                 Type = 177
	JUNIPER_ETHER              Type = 178
	JUNIPER_PPP                Type = 179
	JUNIPER_FRELAY             Type = 180
	JUNIPER_CHDLC              Type = 181
	MFR                        Type = 182
	JUNIPER_VP                 Type = 183
	A429                       Type = 184
	A653_ICM                   Type = 185
	USB_FREEBSD                Type = 186
	BLUETOOTH_HCI_H4           Type = 187
	IEEE802_16_MAC_CPS         Type = 188
	USB_LINUX                  Type = 189
	CAN20B                     Type = 190
	IEEE802_15_4_LINUX         Type = 191
	PPI                        Type = 192
	IEEE802_16_MAC_CPS_RADIO   Type = 193
	JUNIPER_ISM                Type = 194
	IEEE802_15_4               Type = 195
	SITA                       Type = 196
	ERF                        Type = 197
	RAIF1                      Type = 198
	IPMB_KONTRON               Type = 199
	JUNIPER_ST                 Type = 200
	BLUETOOTH_HCI_H4_WITH_PHDR Type = 201
	AX25_KISS                  Type = 202
	LAPD                       Type = 203
	PPP_WITH_DIR               Type = 204
	C_HDLC_WITH_DIR            Type = 205
	FRELAY_WITH_DIR            Type = 206
	LAPB_WITH_DIR              Type = 207
	I2C_LINUX                  Type = 209
	FLEXRAY                    Type = 210
	MOST                       Type = 211
	LIN                        Type = 212
	X2E_SERIAL                 Type = 213
	X2E_XORAYA                 Type = 214
	IEEE802_15_4_NONASK_PHY    Type = 215
	LINUX_EVDEV                Type = 216
	GSMTAP_UM                  Type = 217
	GSMTAP_ABIS                Type = 218
	MPLS                       Type = 219
	USB_LINUX_MMAPPED          Type = 220
	DECT                       Type = 221
	AOS                        Type = 222
	WIHART                     Type = 223
	FC_2                       Type = 224
	FC_2_WITH_FRAME_DELIMS     Type = 225
	IPNET                      Type = 226
	CAN_SOCKETCAN              Type = 227
	IPV4                       Type = 228
	IPV6                       Type = 229
	IEEE802_15_4_NOFCS         Type = 230
	DBUS                       Type = 231
	JUNIPER_VS                 Type = 232
	JUNIPER_SRX_E2E            Type = 233
	JUNIPER_FIBRECHANNEL       Type = 234
	DVB_CI                     Type = 235
	MUX27010                   Type = 236
	STANAG_5066_D_PDU          Type = 237
	JUNIPER_ATM_CEMIC          Type = 238
	NFLOG                      Type = 239
	NETANALYZER                Type = 240
	NETANALYZER_TRANSPARENT    Type = 241
	IPOIB                      Type = 242
	MPEG_2_TS                  Type = 243
	NG40                       Type = 244
	NFC_LLCP                   Type = 245
	PFSYNC                     Type = 246
	INFINIBAND                 Type = 247
	SCTP                       Type = 248
	USBPCAP                    Type = 249
	RTAC_SERIAL                Type = 250
	BLUETOOTH_LE_LL            Type = 251
	WIRESHARK_UPPER_PDU        Type = 252
	NETLINK                    Type = 253
	BLUETOOTH_LINUX_MONITOR    Type = 254
	BLUETOOTH_BREDR_BB         Type = 255
	BLUETOOTH_LE_LL_WITH_PHDR  Type = 256
	PROFIBUS_DL                Type = 257
	PKTAP                      Type = 258
	EPON                       Type = 259
	IPMI_HPM_2                 Type = 260
	ZWAVE_R1_R2                Type = 261
	ZWAVE_R3                   Type = 262
	WATTSTOPPER_DLM            Type = 263
	ISO_14443                  Type = 264
	RDS                        Type = 265
	USB_DARWIN                 Type = 266
	OPENFLOW                   Type = 267
	SDLC                       Type = 268
	TI_LLN_SNIFFER             Type = 269
	LORATAP                    Type = 270
	VSOCK                      Type = 271
	NORDIC_BLE                 Type = 272
	DOCSIS31_XRA31             Type = 273
	ETHERNET_MPACKET           Type = 274
	DISPLAYPORT_AUX            Type = 275
	LINUX_SLL2                 Type = 276
	SERCOS_MONITOR             Type = 277
	OPENVIZSLA                 Type = 278
	EBHSCR                     Type = 279
	VPP_DISPATCH               Type = 280
	DSA_TAG_BRCM               Type = 281
	DSA_TAG_BRCM_PREPEND       Type = 282
	IEEE802_15_4_TAP           Type = 283
	DSA_TAG_DSA                Type = 284
	DSA_TAG_EDSA               Type = 285
	ELEE                       Type = 286
	Z_WAVE_SERIAL              Type = 287
	USB_2_0                    Type = 288
	ATSC_ALP                   Type = 289
	ETW                        Type = 290
	NETANALYZER_NG             Type = 291
	ZBOSS_NCP                  Type = 292
	USB_2_0_LOW_SPEED          Type = 293
	USB_2_0_FULL_SPEED         Type = 294
	USB_2_0_HIGH_SPEED         Type = 295
	AUERSWALD_LOG              Type = 296
	ZWAVE_TAP                  Type = 297
	SILABS_DEBUG_CHANNEL       Type = 298
	FIRA_UCI                   Type = 299
	MDB                        Type = 300
	DECT_NR                    Type = 301
)

// rows is every type with its description, by number. The types that libpcap has numbers but no name of its own for
// (those reserved for private use, and some that were assigned and never used) are named after their DLT_ constants.
var rows = [...]row{
	{NULL, "NULL", "BSD loopback, address family in host byte order"},
	{EN10MB, "EN10MB", "Ethernet"},
	{EN3MB, "EN3MB", "experimental 3 Mb/s Ethernet"},
	{AX25, "AX25", "amateur radio AX.25"},
	{PRONET, "PRONET", "Proteon ProNET token ring"},
	{CHAOS, "CHAOS", "MIT Chaosnet"},
	{IEEE802, "IEEE802", "IEEE 802.5 token ring"},
	{ARCNET, "ARCNET", "ARCNET with BSD header"},
	{SLIP, "SLIP", "SLIP"},
	{PPP, "PPP", "PPP"},
	{FDDI, "FDDI", "FDDI"},
	{ATM_RFC1483, "ATM_RFC1483", "ATM, LLC-encapsulated (RFC 1483)"},
	{RAW, "RAW", "raw IPv4 or IPv6"},
	{SLIP_BSDOS, "SLIP_BSDOS", "SLIP of BSD/OS"},
	{PPP_BSDOS, "PPP_BSDOS", "PPP of BSD/OS"},
	{ATM_CLIP, "ATM_CLIP", "Linux classical IP over ATM"},
	{REDBACK_SMARTEDGE, "REDBACK_SMARTEDGE", "Redback SmartEdge 400 and 800"},
	{PPP_SERIAL, "PPP_SERIAL", "PPP or Cisco HDLC over a serial line"},
	{PPP_ETHER, "PPP_ETHER", "PPP over Ethernet"},
	{SYMANTEC_FIREWALL, "SYMANTEC_FIREWALL", "Symantec Enterprise Firewall"},
	{C_HDLC, "C_HDLC", "Cisco HDLC"},
	{IEEE802_11, "IEEE802_11", "802.11"},
	{FRELAY, "FRELAY", "Frame Relay"},
	{LOOP, "LOOP", "OpenBSD loopback, address family in network byte order"},
	{ENC, "ENC", "OpenBSD encapsulating interface (IPsec)"},
	{LINUX_SLL, "LINUX_SLL", "Linux cooked capture, version 1"},
	{LTALK, "LTALK", "Apple LocalTalk"},
	{ECONET, "ECONET", "Acorn Econet"},
	{IPFILTER, "IPFILTER", "OpenBSD ipfilter log"},
	{PFLOG, "PFLOG", "OpenBSD packet filter log"},
	{CISCO_IOS, "CISCO_IOS", "Cisco IOS internal"},
	{PRISM_HEADER, "PRISM_HEADER", "802.11 behind a Prism header"},
	{AIRONET_HEADER, "AIRONET_HEADER", "802.11 behind an Aironet header"},
	{HHDLC, "HHDLC", "Siemens HiPath HDLC"},
	{IP_OVER_FC, "IP_OVER_FC", "IP over Fibre Channel (RFC 2625)"},
	{SUNATM, "SUNATM", "Solaris raw ATM"},
	{RIO, "RIO", "RapidIO"},
	{PCI_EXP, "PCI_EXP", "PCI Express"},
	{AURORA, "AURORA", "Xilinx Aurora link layer"},
	{IEEE802_11_RADIO, "IEEE802_11_RADIO", "802.11 behind a radiotap header"},
	{TZSP, "TZSP", "Tazmen Sniffer Protocol"},
	{ARCNET_LINUX, "ARCNET_LINUX", "ARCNET with Linux header"},
	{JUNIPER_MLPPP, "JUNIPER_MLPPP", "Juniper Multi-Link PPP"},
	{JUNIPER_MLFR, "JUNIPER_MLFR", "Juniper Multi-Link Frame Relay"},
	{JUNIPER_ES, "JUNIPER_ES", "Juniper Encryption Services PIC"},
	{JUNIPER_GGSN, "JUNIPER_GGSN", "Juniper GGSN PIC"},
	{JUNIPER_MFR, "JUNIPER_MFR", "Juniper FRF.16 Frame Relay"},
	{JUNIPER_ATM2, "JUNIPER_ATM2", "Juniper ATM2 PIC"},
	{JUNIPER_SERVICES, "JUNIPER_SERVICES", "Juniper Advanced Services PIC"},
	{JUNIPER_ATM1, "JUNIPER_ATM1", "Juniper ATM1 PIC"},
	{APPLE_IP_OVER_IEEE1394, "APPLE_IP_OVER_IEEE1394", "Apple IP over IEEE 1394 (FireWire)"},
	{MTP2_WITH_PHDR, "MTP2_WITH_PHDR", "SS7 MTP2 with Pseudo-header"},
	{MTP2, "MTP2", "SS7 MTP2"},
	{MTP3, "MTP3", "SS7 MTP3"},
	{SCCP, "SCCP", "SS7 SCCP"},
	{DOCSIS, "DOCSIS", "DOCSIS"},
	{LINUX_IRDA, "LINUX_IRDA", "Linux IrDA"},
	{IBM_SP, "IBM_SP", "IBM SP switch"},
	{IBM_SN, "IBM_SN", "IBM Next Federation switch"},
	{USER0, "USER0", "private use 0"},
	{USER1, "USER1", "private use 1"},
	{USER2, "USER2", "private use 2"},
	{USER3, "USER3", "private use 3"},
	{USER4, "USER4", "private use 4"},
	{USER5, "USER5", "private use 5"},
	{USER6, "USER6", "private use 6"},
	{USER7, "USER7", "private use 7"},
	{USER8, "USER8", "private use 8"},
	{USER9, "USER9", "private use 9"},
	{USER10, "USER10", "private use 10"},
	{USER11, "USER11", "private use 11"},
	{USER12, "USER12", "private use 12"},
	{USER13, "USER13", "private use 13"},
	{USER14, "USER14", "private use 14"},
	{USER15, "USER15", "private use 15"},
	{IEEE802_11_RADIO_AVS, "IEEE802_11_RADIO_AVS", "802.11 behind an AVS header"},
	{JUNIPER_MONITOR, "JUNIPER_MONITOR", "Juniper Passive Monitor PIC"},
	{BACNET_MS_TP, "BACNET_MS_TP", "BACnet MS/TP"},
	{PPP_PPPD, "PPP_PPPD", "PPP with a direction byte, as of pppd"},
	{JUNIPER_PPPOE, "JUNIPER_PPPOE", "Juniper PPPoE"},
	{JUNIPER_PPPOE_ATM, "JUNIPER_PPPOE_ATM", "Juniper PPPoE/ATM"},
	{GPRS_LLC, "GPRS_LLC", "GPRS LLC"},
	{GPF_T, "GPF_T", "GPF-T"},
	{GPF_F, "GPF_F", "GPF-F"},
	{GCOM_T1E1, "GCOM_T1E1", "Gcom T1/E1 line monitor"},
	{GCOM_SERIAL, "GCOM_SERIAL", "Gcom serial line monitor"},
	{JUNIPER_PIC_PEER, "JUNIPER_PIC_PEER", "Juniper PIC Peer"},
	{ERF_ETH, "ERF_ETH", "Ethernet with Endace ERF header"},
	{ERF_POS, "ERF_POS", "Packet-over-SONET with Endace ERF header"},
	{LINUX_LAPD, "LINUX_LAPD", "Linux vISDN LAPD"},
	{JUNIPER_ETHER, "JUNIPER_ETHER", "Juniper Ethernet"},
	{JUNIPER_PPP, "JUNIPER_PPP", "Juniper PPP"},
	{JUNIPER_FRELAY, "JUNIPER_FRELAY", "Juniper Frame Relay"},
	{JUNIPER_CHDLC, "JUNIPER_CHDLC", "Juniper C-HDLC"},
	{MFR, "MFR", "FRF.16 Frame Relay"},
	{JUNIPER_VP, "JUNIPER_VP", "Juniper Voice PIC"},
	{A429, "A429", "Arinc 429"},
	{A653_ICM, "A653_ICM", "Arinc 653 Interpartition Communication"},
	{USB_FREEBSD, "USB_FREEBSD", "USB with FreeBSD header"},
	{BLUETOOTH_HCI_H4, "BLUETOOTH_HCI_H4", "Bluetooth HCI UART transport layer"},
	{IEEE802_16_MAC_CPS, "IEEE802_16_MAC_CPS", "IEEE 802.16 MAC Common Part Sublayer"},
	{USB_LINUX, "USB_LINUX", "USB with Linux header"},
	{CAN20B, "CAN20B", "CAN 2.0B"},
	{IEEE802_15_4_LINUX, "IEEE802_15_4_LINUX", "IEEE 802.15.4 with Linux padding"},
	{PPI, "PPI", "packets behind a Per-Packet Information header"},
	{IEEE802_16_MAC_CPS_RADIO, "IEEE802_16_MAC_CPS_RADIO", "IEEE 802.16 MAC Common Part Sublayer plus radiotap header"},
	{JUNIPER_ISM, "JUNIPER_ISM", "Juniper Integrated Service Module"},
	{IEEE802_15_4, "IEEE802_15_4", "IEEE 802.15.4 with FCS"},
	{SITA, "SITA", "SITA pseudo-header"},
	{ERF, "ERF", "Endace ERF header"},
	{RAIF1, "RAIF1", "Ethernet with u10 Networks pseudo-header"},
	{IPMB_KONTRON, "IPMB_KONTRON", "IPMB with Kontron pseudo-header"},
	{JUNIPER_ST, "JUNIPER_ST", "Juniper Secure Tunnel"},
	{BLUETOOTH_HCI_H4_WITH_PHDR, "BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI UART transport layer plus pseudo-header"},
	{AX25_KISS, "AX25_KISS", "AX.25 with KISS header"},
	{LAPD, "LAPD", "ISDN LAPD"},
	{PPP_WITH_DIR, "PPP_WITH_DIR", "PPP with a direction byte"},
	{C_HDLC_WITH_DIR, "C_HDLC_WITH_DIR", "Cisco HDLC with a direction byte"},
	{FRELAY_WITH_DIR, "FRELAY_WITH_DIR", "Frame Relay with a direction byte"},
	{LAPB_WITH_DIR, "LAPB_WITH_DIR", "LAPB with a direction byte"},
	{I2C_LINUX, "I2C_LINUX", "I2C with Linux pseudo-header"},
	{FLEXRAY, "FLEXRAY", "FlexRay automotive bus"},
	{MOST, "MOST", "Media Oriented Systems Transport bus"},
	{LIN, "LIN", "Local Interconnect Network bus"},
	{X2E_SERIAL, "X2E_SERIAL", "X2E serial line capture"},
	{X2E_XORAYA, "X2E_XORAYA", "X2E Xoraya data logger"},
	{IEEE802_15_4_NONASK_PHY, "IEEE802_15_4_NONASK_PHY", "IEEE 802.15.4 with non-ASK PHY data"},
	{LINUX_EVDEV, "LINUX_EVDEV", "Linux evdev events"},
	{GSMTAP_UM, "GSMTAP_UM", "GSM Um air interface with GSMTAP header"},
	{GSMTAP_ABIS, "GSMTAP_ABIS", "GSM Abis interface with GSMTAP header"},
	{MPLS, "MPLS", "MPLS without a lower layer"},
	{USB_LINUX_MMAPPED, "USB_LINUX_MMAPPED", "USB with padded Linux header"},
	{DECT, "DECT", "DECT"},
	{AOS, "AOS", "AOS Space Data Link protocol"},
	{WIHART, "WIHART", "WirelessHART"},
	{FC_2, "FC_2", "Fibre Channel FC-2"},
	{FC_2_WITH_FRAME_DELIMS, "FC_2_WITH_FRAME_DELIMS", "Fibre Channel FC-2 with frame delimiters"},
	{IPNET, "IPNET", "Solaris ipnet"},
	{CAN_SOCKETCAN, "CAN_SOCKETCAN", "CAN with SocketCAN header"},
	{IPV4, "IPV4", "raw IPv4"},
	{IPV6, "IPV6", "raw IPv6"},
	{IEEE802_15_4_NOFCS, "IEEE802_15_4_NOFCS", "IEEE 802.15.4 without FCS"},
	{DBUS, "DBUS", "D-Bus"},
	{JUNIPER_VS, "JUNIPER_VS", "Juniper Virtual Server"},
	{JUNIPER_SRX_E2E, "JUNIPER_SRX_E2E", "Juniper SRX E2E"},
	{JUNIPER_FIBRECHANNEL, "JUNIPER_FIBRECHANNEL", "Juniper Fibre Channel"},
	{DVB_CI, "DVB_CI", "DVB-CI"},
	{MUX27010, "MUX27010", "MUX27010"},
	{STANAG_5066_D_PDU, "STANAG_5066_D_PDU", "STANAG 5066 D_PDUs"},
	{JUNIPER_ATM_CEMIC, "JUNIPER_ATM_CEMIC", "Juniper ATM CEMIC"},
	{NFLOG, "NFLOG", "Linux netfilter log"},
	{NETANALYZER, "NETANALYZER", "Ethernet behind a Hilscher netANALYZER header"},
	{NETANALYZER_TRANSPARENT, "NETANALYZER_TRANSPARENT", "Ethernet with preamble behind a Hilscher netANALYZER header"},
	{IPOIB, "IPOIB", "RFC 4391 IP-over-InfiniBand"},
	{MPEG_2_TS, "MPEG_2_TS", "MPEG-2 transport stream"},
	{NG40, "NG40", "ng40 protocol tester Iub/Iur"},
	{NFC_LLCP, "NFC_LLCP", "NFC LLCP PDUs with pseudo-header"},
	{PFSYNC, "PFSYNC", "Packet filter state syncing"},
	{INFINIBAND, "INFINIBAND", "InfiniBand"},
	{SCTP, "SCTP", "SCTP"},
	{USBPCAP, "USBPCAP", "USB with USBPcap header"},
	{RTAC_SERIAL, "RTAC_SERIAL", "serial line captured by an SEL RTAC"},
	{BLUETOOTH_LE_LL, "BLUETOOTH_LE_LL", "Bluetooth Low Energy air interface"},
	{WIRESHARK_UPPER_PDU, "WIRESHARK_UPPER_PDU", "upper-layer data exported by Wireshark"},
	{NETLINK, "NETLINK", "Linux netlink"},
	{BLUETOOTH_LINUX_MONITOR, "BLUETOOTH_LINUX_MONITOR", "Bluetooth Linux Monitor"},
	{BLUETOOTH_BREDR_BB, "BLUETOOTH_BREDR_BB", "Bluetooth BR/EDR baseband"},
	{BLUETOOTH_LE_LL_WITH_PHDR, "BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth Low Energy air interface with pseudo-header"},
	{PROFIBUS_DL, "PROFIBUS_DL", "PROFIBUS data link"},
	{PKTAP, "PKTAP", "Apple packet tap"},
	{EPON, "EPON", "Ethernet with 802.3 Clause 65 EPON preamble"},
	{IPMI_HPM_2, "IPMI_HPM_2", "IPMI trace packets"},
	{ZWAVE_R1_R2, "ZWAVE_R1_R2", "Z-Wave RF profile R1 and R2 packets"},
	{ZWAVE_R3, "ZWAVE_R3", "Z-Wave RF profile R3 packets"},
	{WATTSTOPPER_DLM, "WATTSTOPPER_DLM", "WattStopper DLM and Legrand Nitoo Open"},
	{ISO_14443, "ISO_14443", "ISO 14443 messages"},
	{RDS, "RDS", "IEC 62106 Radio Data System groups"},
	{USB_DARWIN, "USB_DARWIN", "USB with Darwin header"},
	{OPENFLOW, "OPENFLOW", "OpenBSD OpenFlow switch"},
	{SDLC, "SDLC", "IBM SDLC frames"},
	{TI_LLN_SNIFFER, "TI_LLN_SNIFFER", "TI LLN sniffer frames"},
	{LORATAP, "LORATAP", "LoRa with LoRaTap header"},
	{VSOCK, "VSOCK", "Linux vsock"},
	{NORDIC_BLE, "NORDIC_BLE", "Bluetooth LE as sniffed by Nordic Semiconductor hardware"},
	{DOCSIS31_XRA31, "DOCSIS31_XRA31", "DOCSIS 3.1 as sniffed by an Excentis XRA-31"},
	{ETHERNET_MPACKET, "ETHERNET_MPACKET", "802.3br mPackets"},
	{DISPLAYPORT_AUX, "DISPLAYPORT_AUX", "DisplayPort AUX channel monitoring data"},
	{LINUX_SLL2, "LINUX_SLL2", "Linux cooked capture, version 2"},
	{SERCOS_MONITOR, "SERCOS_MONITOR", "Sercos monitor"},
	{OPENVIZSLA, "OPENVIZSLA", "OpenVizsla USB"},
	{EBHSCR, "EBHSCR", "Elektrobit High Speed Capture and Replay"},
	{VPP_DISPATCH, "VPP_DISPATCH", "VPP graph dispatch tracer"},
	{DSA_TAG_BRCM, "DSA_TAG_BRCM", "Ethernet with an inner Broadcom switch tag"},
	{DSA_TAG_BRCM_PREPEND, "DSA_TAG_BRCM_PREPEND", "Ethernet behind a Broadcom switch tag"},
	{IEEE802_15_4_TAP, "IEEE802_15_4_TAP", "IEEE 802.15.4 with pseudo-header"},
	{DSA_TAG_DSA, "DSA_TAG_DSA", "Ethernet with a Marvell DSA tag of 4 bytes"},
	{DSA_TAG_EDSA, "DSA_TAG_EDSA", "Ethernet with a Marvell EDSA tag of 8 bytes"},
	{ELEE, "ELEE", "ELEE lawful intercept packets"},
	{Z_WAVE_SERIAL, "Z_WAVE_SERIAL", "Z-Wave frames between host and chip"},
	{USB_2_0, "USB_2_0", "USB packets as on the wire, speed not known"},
	{ATSC_ALP, "ATSC_ALP", "ATSC Link-Layer Protocol packets"},
	{ETW, "ETW", "Event Tracing for Windows"},
	{NETANALYZER_NG, "NETANALYZER_NG", "frames with a Hilscher netANALYZER NG footer"},
	{ZBOSS_NCP, "ZBOSS_NCP", "ZBOSS NCP protocol with pseudo-header"},
	{USB_2_0_LOW_SPEED, "USB_2_0_LOW_SPEED", "USB packets as on the wire, low speed"},
	{USB_2_0_FULL_SPEED, "USB_2_0_FULL_SPEED", "USB packets as on the wire, full speed"},
	{USB_2_0_HIGH_SPEED, "USB_2_0_HIGH_SPEED", "USB packets as on the wire, high speed"},
	{AUERSWALD_LOG, "AUERSWALD_LOG", "Auerswald Logger Protocol"},
	{ZWAVE_TAP, "ZWAVE_TAP", "Z-Wave with a tap header"},
	{SILABS_DEBUG_CHANNEL, "SILABS_DEBUG_CHANNEL", "Silicon Labs debug channel"},
	{FIRA_UCI, "FIRA_UCI", "FiRa ultra-wideband command interface"},
	{MDB, "MDB", "Multi-Drop Bus of vending machines"},
	{DECT_NR, "DECT_NR", "DECT-2020 New Radio"},
}

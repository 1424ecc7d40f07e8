package dissect

// Enterprises are IANA's private enterprise numbers, those of whom packets tell.
var Enterprises = Names{
	0: "IETF (reserved)", 5: "ACC", 9: "Cisco", 11: "Hewlett Packard", 42: "Sun Microsystems", 61: "Merit", 74: "AT&T", 161: "Motorola", 166: "Shiva", 193: "Ericsson AB",
	255: "Cisco VPN 5000", 307: "Livingston", 311: "Microsoft", 429: "3Com", 529: "Ascend", 1584: "Bay Networks", 1991: "Foundry", 2180: "Versanet", 2352: "Redback",
	2636: "Juniper Networks", 2637: "Aptis", 2937: "Deutsche Telekom AG", 3054: "Ixia Communications", 3076: "Cisco VPN 3000", 3085: "CoSine Communications",
	3224: "Netscreen", 3199: "Shasta", 3309: "Nomadix", 3414: "T-Mobile", 3561: "The Broadband Forum", 3902: "ZTE", 4329: "Siemens", 4491: "CableLabs",
	4874: "Unisphere Networks", 5263: "Cisco BBSM", 5535: "3rd Generation Partnership Project 2 (3GPP2)", 5806: "SK Telecom", 5925: "ipUnplugged",
	5948: "Issanni Communications", 5951: "Netscaler", 6490: "T-Mobile", 6618: "Quintum", 6728: "Interlink", 7951: "CNCTC", 8164: "Starent Networks", 8744: "Colubris",
	10415: "3GPP", 10529: "Gemtek-Systems", 10704: "Barracuda Networks", 10923: "Ericsson AB - Packet Core Networks", 11665: "dacom", 11862: "Columbia University",
	12356: "Fortinet", 12951: "Verizon Wireless", 13745: "Plixer", 14122: "Wi-Fi Alliance", 16787: "T-Systems Nova", 20942: "China Telecom - Guangzhou Research Institute",
	26866: "Gigamon Systems", 32622: "CACE Technologies", 35632: "ntop", 46098: "Ericsson Canada",
}

// Encapsulations are what a pseudowire carries as BGP says it for VPNs of layer 2 (RFC 6624).
var Encapsulations = Names{
	0: "Reserved", 1: "Frame Relay", 2: "ATM AAL5 SDU VCC transport", 3: "ATM transparent cell transport", 4: "Ethernet (VLAN) Tagged Mode", 5: "Ethernet Raw Mode",
	6: "Cisco HDLC", 7: "PPP", 8: "SONET/SDH Circuit Emulation Service over MPLS", 9: "ATM n-to-one VCC cell transport", 10: "ATM n-to-one VPC cell transport",
	11: "IP layer 2 transport", 15: "Frame Relay Port mode", 17: "Structure-agnostic E1 over packet", 18: "Structure-agnostic T1 (DS1) over packet", 19: "VPLS",
	20: "Structure-agnostic T3 (DS3) over packet", 21: "Nx64kbit/s Basic Service using Structure-aware", 25: "Frame Relay DLCI", 40: "Structure-agnostic E3 over packet",
	41: "Octet-aligned playload for Structure-agnostic DS1 circuits", 42: "E1 Nx64kbit/s with CAS using Structure-aware",
	43: "DS1 (ESF) Nx64kbit/s with CAS using Structure-aware", 44: "DS1 (SF) Nx64kbit/s with CAS using Structure-aware",
}

// Pseudowires are the same as LDP and pings of MPLS say it (RFC 4446).
var Pseudowires = Names{
	0: "Reserved", 1: "Frame Relay DLCI (Martini Mode)", 2: "ATM AAL5 SDU VCC transport", 3: "ATM transparent cell transport", 4: "Ethernet VLAN", 5: "Ethernet",
	6: "Cisco-HDLC", 7: "PPP", 8: "SONET/SDH Circuit Emulation Service over MPLS", 9: "ATM n-to-one VCC cell transport", 10: "ATM n-to-one VPC cell transport",
	11: "IP Layer2 Transport", 12: "ATM one-to-one VCC Cell Mode", 13: "ATM one-to-one VPC Cell Mode", 14: "ATM AAL5 PDU VCC transport", 15: "Frame-Relay Port mode",
	16: "SONET/SDH Circuit Emulation over Packet", 17: "Structure-agnostic E1 over Packet", 18: "Structure-agnostic T1 (DS1) over Packet",
	19: "Structure-agnostic E3 over Packet", 20: "Structure-agnostic T3 (DS3) over Packet", 21: "CESoPSN basic mode", 22: "TDMoIP basic mode", 23: "CESoPSN TDM with CAS",
	24: "TDMoIP TDM with CAS", 25: "Frame Relay DLCI", 64: "IP-interworking",
}

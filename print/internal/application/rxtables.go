package application

// The procedures of AFS's servers: numbers and names, and the fields that are printed of them (see rxFields).

var rxFileServer = map[int]rxOperation{
	130: {"fetch-data", "%F offset%u length%u", ""}, 131: {"fetch-acl", "%F", "%L"}, 132: {"fetch-status", "%F", ""},
	133: {"store-data", "%F%A offset%u length%u flen%u", ""}, 134: {"store-acl", "%F%L", ""}, 135: {"store-status", "%F%A", ""},
	136: {"remove-file", "%F%S", ""}, 137: {"create-file", "%F%S%A", " new%F"}, 138: {"rename", " old%F%S new%F%S", ""},
	139: {"symlink", "%F%S link to%S", ""}, 140: {"link", "%F%S link to%F", ""}, 141: {"makedir", "%F%S%A", " new%F"}, 142: {"rmdir", "%F%S", ""},
	143: {"oldsetlock", "%F", ""}, 144: {"oldextlock", "%F", ""}, 145: {"oldrellock", "%F", ""}, 146: {"get-stats", "", ""}, 147: {"give-cbs", "", ""},
	148: {"get-vlinfo", "%S", ""}, 149: {"get-vlstats", " volid%u", ""}, 150: {"set-vlstats", " volid%u", ""}, 151: {"get-rootvl", "", " root volume%S"},
	152: {"check-token", "", ""}, 153: {"get-time", "", "%T"}, 154: {"nget-vlinfo", " volname%S", ""}, 155: {"bulk-stat", "%*F", ""},
	156: {"setlock", "%F", ""}, 157: {"extlock", "%F", ""}, 158: {"rellock", "%F", ""}, 159: {"xstat-ver", "", ""}, 160: {"get-xstat", "", ""},
	161: {"dfs-lookup", "", ""}, 162: {"dfs-flushcps", "", ""}, 163: {"dfs-symlink", "", ""}, 220: {"residency", "", ""},
	65536: {"inline-bulk-status", "%*F", ""}, 65537: {"fetch-data-64", "%F offset%U length%U", ""},
	65538: {"store-data-64", "%F%A offset%U length%U flen%U", ""}, 65539: {"give-up-all-cbs", "", ""}, 65540: {"get-caps", "", ""}, 65541: {"cb-rx-conn-addr", " addr%u", ""},
}

var rxFileErrors = Names{101: "salvage volume", 102: "no such vnode", 103: "no such volume", 104: "volume exist", 105: "no service", 106: "volume offline",
	107: "voline online", 108: "diskfull", 109: "diskquota exceeded", 110: "volume busy", 111: "volume moved", 112: "AFS IO error", -100: "restarting fileserver"}

var rxCallbacks = map[int]rxOperation{
	204: {"callback", "%*F%*B", ""}, 205: {"initcb", "", ""}, 206: {"probe", "", ""}, 207: {"getlock", "", ""}, 208: {"getce", "", ""}, 209: {"xstatver", "", ""},
	210: {"getxstat", "", ""}, 211: {"initcb2", "", ""}, 212: {"whoareyou", "", ""}, 213: {"initcb3", "", "%I"}, 214: {"probeuuid", " afsuuid%I", ""},
	215: {"getsrvprefs", "", ""}, 216: {"getcellservdb", "", ""}, 217: {"getlocalcell", "", ""}, 218: {"getcacheconf", "", ""},
	65536: {"getce64", "", ""}, 65537: {"getcellbynum", "", ""}, 65538: {"tellmeaboutyourself", "", ""},
}

var rxProtection = map[int]rxOperation{
	500: {"new-user", "%S id%d oldid%d", ""}, 501: {"where-is-it", " id%d", ""}, 502: {"dump-entry", " pos%d", ""}, 503: {"add-to-group", " uid%d gid%d", ""},
	504: {"name-to-id", "%*N", " ids:%*d"}, 505: {"id-to-name", " ids:%*d", "%*N"}, 506: {"delete", " id%d", ""}, 507: {"remove-from-group", " uid%d gid%d", ""},
	508: {"get-cps", " id%d", "%*d"}, 509: {"new-entry", "%S flag%d oid%d", ""}, 510: {"list-max", "", " maxuid%d maxgid%d"}, 511: {"set-max", " id%d gflag%d", ""},
	512: {"list-entry", " id%d", ""}, 513: {"change-entry", " id%d%S oldid%d newid%d", ""}, 514: {"list-elements", " id%d", "%*d"}, 515: {"same-mbr-of", " uid%d gid%d", ""},
	516: {"set-fld-sentry", "", ""}, 517: {"list-owned", " id%d", "%*d"}, 518: {"get-cps2", " id%d", "%*d"}, 519: {"get-host-cps", " id%d", "%*d"},
	520: {"update-entry", " id%d%S", ""}, 521: {"list-entries", "", ""}, 530: {"list-super-groups", " id%d", ""},
}

var rxVolumeLocations = map[int]rxOperation{
	501: {"create-entry", "%N", ""}, 502: {"delete-entry", " volid%d%P", ""}, 503: {"get-entry-by-id", " volid%d%P", "%E"}, 504: {"get-entry-by-name", "%S", "%E"},
	505: {"get-new-volume-id", " bump%d", " newvol%u"}, 506: {"replace-entry", " volid%d%P%N", ""}, 507: {"update-entry", " volid%d%P", ""}, 508: {"setlock", " volid%d%P", ""},
	509: {"releaselock", " volid%d%P", ""}, 510: {"list-entry", " index%d", " count%d nextindex%d%E"}, 511: {"list-attrib", "", ""}, 512: {"linked-list", "", ""},
	513: {"get-stats", "", ""}, 514: {"probe", "", ""}, 515: {"get-addrs", "", ""}, 516: {"change-addr", "", ""}, 517: {"create-entry-n", "%N", ""},
	518: {"get-entry-by-id-n", " volid%d%P", "%W"}, 519: {"get-entry-by-name-n", "%S", "%W"}, 520: {"replace-entry-n", " volid%d%P%N", ""},
	521: {"list-entry-n", " index%d", " count%d nextindex%d%W"}, 522: {"list-attrib-n", "", ""}, 523: {"linked-list-n", "", ""}, 524: {"update-entry-by-name", "%S", ""},
	525: {"create-entry-u", "", ""}, 526: {"get-entry-by-id-u", "", "%X"}, 527: {"get-entry-by-name-u", "%S", "%X"}, 528: {"replace-entry-u", "", ""},
	529: {"list-entry-u", "", " count%d nextindex%d%W"}, 530: {"list-attrib-u", "", ""}, 531: {"linked-list-u", "", ""}, 532: {"regaddr", "", ""},
	533: {"get-addrs-u", "", ""}, 534: {"list-attrib-n2", "", ""},
}

var rxKerberos = map[int]rxOperation{
	1: {"auth-old", " principal%S%S", ""}, 2: {"change-pw", " principal%S%S", ""}, 3: {"get-ticket-old", " kvno%d domain%S%K principal%S%S", ""},
	4: {"set-pw", " principal%S%S kvno%d", ""}, 5: {"set-fields", " principal%S%S", ""}, 6: {"create-user", " principal%S%S", ""}, 7: {"delete-user", " principal%S%S", ""},
	8: {"get-entry", " principal%S%S", ""}, 9: {"list-entry", "", ""}, 10: {"get-stats", "", ""}, 11: {"debug", "", ""}, 12: {"get-pw", " name%S", ""}, 13: {"get-random-key", "", ""},
	14: {"unlock", " principal%S%S", ""}, 15: {"lock-status", " principal%S%S", ""}, 21: {"authenticate", " principal%S%S", ""}, 22: {"authenticate-v2", " principal%S%S", ""},
	23: {"get-ticket", " kvno%d domain%S%K principal%S%S", ""},
}

var rxVolumes = map[int]rxOperation{
	100: {"create-volume", " partition%u name%S type%u parent%u", " volid%u trans%u"}, 101: {"delete-volume", " trans%u", ""}, 102: {"restore", " totrans%u flags%u", ""},
	103: {"forward", " fromtrans%u fromdate%T%D desttrans%d", ""}, 104: {"end-trans", " trans%u", "%u"}, 105: {"clone", " trans%u purgevol%u newtype%u newname%S", " newvol%u"},
	106: {"set-flags", " trans%u flags%u", ""}, 107: {"get-flags", " trans%u", "%u"}, 108: {"trans-create", " vol%u partition%u flags%u", " trans%u"},
	109: {"dump", " fromtrans%u fromdate%T", ""}, 110: {"get-nth-volume", " index%u", " volume%u partition%u"}, 111: {"set-forwarding", " tid%u newsite%u", ""},
	112: {"get-name", " tid", "%S"},
	113: {"get-status", " tid", " volid%u nextuniq%u type%u parentid%u clone%u backup%u restore%u maxquota%u minquota%u owner%u create%T access%T update%T expire%T backup%T copy%T"},
	114: {"sig-restore", " name%S type%u pid%u cloneid%u", ""}, 115: {"list-partitions", "", ""}, 116: {"list-volumes", " partition%u flags%u", "%*O"},
	117: {"set-id-types", " tid%u name%S type%u pid%u clone%u backup%u", ""}, 118: {"monitor", "", ""}, 119: {"partition-info", " name%S", ""}, 120: {"reclone", " tid%u", ""},
	121: {"list-one-volume", " partid%u volid%u", "%*O"}, 122: {"nuke", " partid%u volid%u", ""}, 123: {"set-date", " tid%u date%T", ""},
	124: {"x-list-volumes", " partid%u volid%u", ""}, 125: {"x-list-one-volume", " partid%u volid%u", ""}, 126: {"set-info", " tid%u", ""}, 127: {"x-list-partitions", "", ""},
	128: {"forward-multiple", " fromtrans%u fromdate%T%*D", ""}, 65536: {"convert-ro", " partid%u volid%u", ""}, 65537: {"get-size", "", ""},
	65538: {"dump-v2", " fromtrans%u fromdate%T flags%u", ""},
}

var rxOverseer = map[int]rxOperation{
	80: {"create-bnode", " type%S instance%S", ""}, 81: {"delete-bnode", "%S", ""}, 82: {"set-status", "%S status%d", ""}, 83: {"get-status", "%S", ""},
	84: {"enumerate-instance", "%d", ""}, 85: {"get-instance-info", "%S", ""}, 86: {"get-instance-parm", "%S num%d", ""}, 87: {"add-superuser", "%S", ""},
	88: {"delete-superuser", "%S", ""}, 89: {"list-superusers", "%d", ""}, 90: {"list-keys", "%d", ""}, 91: {"add-key", "%d", ""}, 92: {"delete-key", "%d", ""},
	93: {"set-cell-name", "%S", ""}, 94: {"get-cell-name", "", ""}, 95: {"get-cell-host", "%d", ""}, 96: {"add-cell-host", "%S", ""}, 97: {"delete-cell-host", "%S", ""},
	98: {"set-t-status", "%S status%d", ""}, 99: {"shutdown-all", "", ""}, 100: {"restart-all", "", ""}, 101: {"startup-all", "", ""}, 102: {"set-noauth-flag", "", ""},
	103: {"re-bozo", "", ""}, 104: {"restart", "%S", ""}, 105: {"start-bozo-install", "%S size%d flags%d date%d", ""}, 106: {"uninstall", "%S", ""}, 107: {"get-dates", "", ""},
	108: {"exec", "%S", ""}, 109: {"prune", "", ""}, 110: {"set-restart-time", "", ""}, 111: {"get-restart-time", "", ""}, 112: {"start-bozo-log", "%S", ""},
	113: {"wait-all", "", ""}, 114: {"get-instance-strings", "%S", ""}, 115: {"get-restricted", "", ""}, 116: {"set-restricted", "", ""},
}

// rxUbik is what the servers of replicated databases say to each other.
var rxUbik = map[int]rxOperation{
	10000: {"vote-beacon", " syncsite%Y votestart%T dbversion%V tid%V", " vote no"}, 10001: {"vote-debug-old", "", ""}, 10002: {"vote-sdebug-old", "", ""},
	10003: {"vote-getsyncsite", " site%u", ""}, 10004: {"vote-debug", "", ""}, 10005: {"vote-sdebug", "", ""}, 10006: {"vote-xdebug", "", ""}, 10007: {"vote-xsdebug", "", ""},
	20000: {"disk-begin", " tid%V", ""}, 20001: {"disk-commit", " tid%V", ""}, 20002: {"disk-lock", " tid%V file%d pos%d length%d%w", ""},
	20003: {"disk-write", " tid%V file%d pos%d", ""}, 20004: {"disk-getversion", "", " dbversion%V"}, 20005: {"disk-getfile", " file%d", ""},
	20006: {"disk-sendfile", " file%d length%d dbversion%V", ""}, 20007: {"disk-abort", " tid%V", ""}, 20008: {"disk-releaselocks", " tid%V", ""},
	20009: {"disk-truncate", " tid%V file%d length%d", ""}, 20010: {"disk-probe", " tid%V", ""}, 20011: {"disk-writev", "", ""},
	20012: {"disk-interfaceaddr", " tid%V oldversion%V newversion%V", ""}, 20013: {"disk-setversion", "", ""},
}

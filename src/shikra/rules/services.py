"""
Ports by the names of their services, as a rule may write them (``fd.sport = https``).

A table of our own, so that a rule means the same on every machine.
"""

from collections.abc import Mapping

_TABLE = """
tcpmux=1 echo=7 discard=9 systat=11 daytime=13 netstat=15 qotd=17 chargen=19 ftp-data=20
ftp=21 ssh=22 telnet=23 smtp=25 time=37 whois=43 tacacs=49 domain=53 bootps=67 bootpc=68
tftp=69 gopher=70 finger=79 http=80 www=80 kerberos=88 iso-tsap=102 pop3=110 sunrpc=111
auth=113 nntp=119 ntp=123 epmap=135 netbios-ns=137 netbios-dgm=138 netbios-ssn=139
imap2=143 imap=143 snmp=161 snmp-trap=162 snmptrap=162 xdmcp=177 bgp=179 irc=194 ldap=389
https=443 microsoft-ds=445 kpasswd=464 submissions=465 isakmp=500 exec=512 login=513
who=513 shell=514 syslog=514 printer=515 talk=517 route=520 gdomap=538 uucp=540
dhcpv6-client=546 dhcpv6-server=547 rtsp=554 nntps=563 submission=587 ipp=631 ldaps=636
domain-s=853 rsync=873 ftps-data=989 ftps=990 telnets=992 imaps=993 pop3s=995 socks=1080
openvpn=1194 ms-sql-s=1433 ms-sql-m=1434 ingreslock=1524 datametrics=1645 radius=1812
radius-acct=1813 cisco-sccp=2000 nfs=2049 gnunet=2086 rtcm-sc104=2101 gsigatekeeper=2119
cvspserver=2401 mysql=3306 rdp=3389 ms-wbt-server=3389 nut=3493 svn=3690 epmd=4369
sip=5060 sip-tls=5061 xmpp-client=5222 xmpp-server=5269 mdns=5353 postgresql=5432
postgres=5432 amqps=5671 amqp=5672 x11=6000 mysql-proxy=6446 bacula-dir=9101
bacula-fd=9102 bacula-sd=9103 git=9418 zabbix-agent=10050 zabbix-trapper=10051
redis=6379 http-alt=8080 webcache=8080 memcache=11211
"""

PORTS: Mapping[str, int] = {
    name: int(port) for name, port in (row.split("=") for row in _TABLE.split())
}
"""Of TCP, and where TCP has none, of UDP."""

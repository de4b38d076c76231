"""global_defs { … }: what holds for every instance and every server.

Long, because keepalived has a hundred and forty of these; they stand in the order of its manual: processes, mail,
VRRP, scheduling, notification, SNMP and D-Bus, scripts, buffers, files.
"""

from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.commands import Script
from kad.config.fields import entries, keyword
from kad.config.global_kinds import (
    BufferPolicy,
    Cpus,
    DynamicInterfaces,
    ExtraInterfaces,
    ExtraInterval,
    Fifo,
    FlushOnStop,
    IncludeChecks,
    LvsTimeouts,
    Names,
    Pipe,
    Relay,
    Rttime,
    SmtpServer,
    Timeouts,
    Umask,
)
from kad.config.kinds import SIGNED, UNSIGNED, Bool, Flag, Int, Interface, OptionalWord, Owner, Seconds, Word
from kad.config.lvs_kinds import Sync, SyncDaemon
from kad.config.schema.script import Script as Command
from kad.units import SECOND, Micros

_DELAY = Seconds(Micros(0), Micros(4294 * SECOND), decimals=0)
_REFRESH = Seconds(Micros(0), Micros(UNSIGNED * SECOND), decimals=0)
_SPACING = Seconds(Micros(1), Micros(4294 * SECOND + 967_295))
_HOLD = Seconds(Micros(1_000), Micros(4294 * SECOND + 967_295))
_STATISTICS = Seconds(Micros(1_000), Micros(30 * SECOND))
_LIMIT = Seconds(Micros(SECOND), Micros(1_000 * SECOND), decimals=0)
_COUNT = Int(0, UNSIGNED, zero=1)
_NICE = Int(-20, 19)
_REALTIME = Int(1, 99, clamped=True)
_BYTES = Int(0, UNSIGNED)
_NAME = Word("NAME", longest=15, cut=True)
_PATH = Word("PATH")
_CHAINS = Names("[INCHAIN [OUTCHAIN]]", most=2, longest=27, absent=("INPUT", "OUTPUT"))
_SETS = Names("[ADDR [ADDR6 [IF6 [IGMP [MLD [ND]]]]]]", most=6, longest=30, absent=())


class GlobalDefs(Struct, frozen=True, kw_only=True):
    """What is said once for the whole daemon. None: nothing is said, and what then holds is in the manual."""

    process_names: Annotated[
        bool,
        keyword(
            Flag(),
            "give the child processes distinct names: keepalived_vrrp, keepalived_lvs, keepalived_bfd",
            acts=True,
        ),
    ] = False
    process_name: Annotated[
        str | None,
        keyword(
            _NAME,
            "the name that the parent process shows",
            example="process_name kad",
            otherwise="unchanged",
            acts=True,
        ),
    ] = None
    vrrp_process_name: Annotated[
        str | None, keyword(_NAME, "the name that the VRRP process shows", otherwise="unchanged", acts=True)
    ] = None
    checker_process_name: Annotated[
        str | None,
        keyword(
            _NAME,
            "the name that the health check process shows",
            deprecated=("lvs_process_name",),
            otherwise="unchanged",
            acts=True,
        ),
    ] = None
    bfd_process_name: Annotated[
        str | None, keyword(_NAME, "the name that the BFD process shows", otherwise="unchanged")
    ] = None
    use_symlink_paths: Annotated[
        bool, keyword(Bool(), "keep symbolic links in the paths of scripts instead of resolving them")
    ] = False
    set_supplementary_groups: Annotated[
        bool, keyword(Bool(), "give scripts all groups of the user that they run as")
    ] = False
    router_id: Annotated[
        str | None,
        keyword(
            Word("STRING"),
            "the name of this machine, in mails and dumps",
            example="router_id lb1",
            otherwise="the local host name",
            missing="missing-value",
        ),
    ] = None
    notification_email_from: Annotated[
        str | None,
        keyword(
            Word("ADDRESS"),
            "the sender of alert mails",
            example="notification_email_from lb1@example.com",
            otherwise="the user of the daemon at the local host name, when there is an smtp_server",
        ),
    ] = None
    smtp_server: Annotated[
        SmtpServer | None,
        keyword(Relay(), "the mail relay that alerts are handed to", otherwise="none, no mail is sent; port 25"),
    ] = None
    smtp_helo_name: Annotated[
        str | None,
        keyword(
            Word("STRING"),
            "the name in the greeting of the mail relay",
            example="smtp_helo_name lb1.example.com",
            otherwise="the local host name",
            missing="missing-value",
        ),
    ] = None
    smtp_connect_timeout: Annotated[
        Micros,
        keyword(
            Seconds(Micros(0), Micros(4294 * SECOND), decimals=0, zero=SECOND),
            "how long connecting to the mail relay may take",
        ),
    ] = Micros(30 * SECOND)
    notification_email: Annotated[
        tuple[str, ...],
        entries(
            Word("ADDRESS"),
            "who gets alert mails",
            example="admin@example.com",
            words=True,
            empty="names nobody: no mail is sent",
        ),
    ] = ()
    smtp_alert: Annotated[
        bool | None,
        keyword(
            Bool(),
            "the default of every smtp_alert that is not said locally",
            otherwise="off for VRRP and virtual servers, on for real servers",
        ),
    ] = None
    startup_script: Annotated[
        Command | None,
        keyword(
            Script(),
            "a command that the parent runs before any process starts",
            example="startup_script /usr/local/bin/before",
            once=True,
            acts=True,
        ),
    ] = None
    startup_script_timeout: Annotated[Micros, keyword(_LIMIT, "how long the startup script may run", acts=True)] = (
        Micros(10 * SECOND)
    )
    shutdown_script: Annotated[
        Command | None,
        keyword(
            Script(),
            "a command that the parent runs when all processes have ended",
            example="shutdown_script /usr/local/bin/after",
            once=True,
            acts=True,
        ),
    ] = None
    shutdown_script_timeout: Annotated[Micros, keyword(_LIMIT, "how long the shutdown script may run", acts=True)] = (
        Micros(10 * SECOND)
    )
    max_auto_priority: Annotated[
        int,
        keyword(
            Int(-1, 99, absent=99),
            "the highest real-time priority that is set by itself when timers run late; -1 says nothing about it",
            acts=True,
        ),
    ] = 0
    min_auto_priority_delay: Annotated[
        int, keyword(Int(1, 10_000_000), "the microseconds of lateness that raise the priority by one step", acts=True)
    ] = 1_000_000
    smtp_alert_vrrp: Annotated[
        bool | None,
        keyword(Bool(), "the default of smtp_alert in instances and sync groups", otherwise="smtp_alert, then off"),
    ] = None
    smtp_alert_checker: Annotated[
        bool | None,
        keyword(
            Bool(),
            "the default of smtp_alert in virtual and real servers",
            otherwise="smtp_alert, then off for virtual servers and on for real servers",
        ),
    ] = None
    checker_log_all_failures: Annotated[
        bool, keyword(Bool(), "log each failed attempt of a check, not only the one that decides", acts=True)
    ] = False
    dynamic_interfaces: Annotated[
        bool,
        keyword(
            DynamicInterfaces(),
            "interfaces may come up later; with allow_if_changes they may also return as another type of interface",
            into=("dynamic_interfaces", "allow_if_changes"),
        ),
    ] = False
    allow_if_changes: bool = False
    no_email_faults: Annotated[bool, keyword(Flag(), "send no mail when an instance goes to FAULT")] = False
    default_interface: Annotated[
        str, keyword(Interface(), "the interface of static addresses that name none", missing="missing-value")
    ] = "eth0"
    disable_local_igmp: Annotated[bool, keyword(Flag(), "turn off the kernel's IGMP reports for link-local groups")] = (
        False
    )
    v3_checksum_as_v2: Annotated[
        bool, keyword(Flag(), "leave the pseudo header out of VRRPv3 checksums over IPv4", acts=True)
    ] = False
    lvs_timeouts: Annotated[
        LvsTimeouts | None,
        keyword(Timeouts(), "how long IPVS keeps idle connections", otherwise="as the kernel has them"),
    ] = None
    lvs_flush: Annotated[bool, keyword(Flag(), "empty the whole IPVS table at the start")] = False
    lvs_flush_on_stop: Annotated[
        str | None,
        keyword(
            FlushOnStop(),
            "empty the IPVS table at the end at once: all of it, or with VS service by service",
            deprecated=("lvs_flush_onstop",),
            otherwise="off, entries are removed one by one",
        ),
    ] = None
    lvs_sync_daemon: Annotated[
        SyncDaemon | None,
        keyword(
            Sync(),
            "run the kernel's connection sync daemon, as master or backup like the instance",
            once=True,
            otherwise="off",
        ),
    ] = None
    vrrp_mcast_group4: Annotated[
        str, keyword(Address(4, multicast=True), "where IPv4 adverts are sent to", acts=True)
    ] = "224.0.0.18"
    vrrp_mcast_group6: Annotated[
        str, keyword(Address(6, multicast=True), "where IPv6 adverts are sent to", acts=True)
    ] = "ff02::12"
    vrrp_garp_master_delay: Annotated[
        Micros, keyword(_DELAY, "the time from becoming master to the second gratuitous ARPs", acts=True)
    ] = Micros(5 * SECOND)
    vrrp_garp_master_repeat: Annotated[int, keyword(_COUNT, "gratuitous ARPs for an address each time", acts=True)] = 5
    vrrp_garp_master_refresh: Annotated[
        Micros, keyword(_REFRESH, "the time between gratuitous ARPs of a master", fallback=Micros(0), acts=True)
    ] = Micros(0)
    vrrp_garp_master_refresh_repeat: Annotated[
        int, keyword(_COUNT, "gratuitous ARPs for an address in each refresh", acts=True)
    ] = 1
    vrrp_garp_lower_prio_delay: Annotated[
        Micros | None,
        keyword(
            _DELAY,
            "the time from a weaker router's advert to the second gratuitous ARPs",
            acts=True,
            otherwise="vrrp_garp_master_delay",
        ),
    ] = None
    vrrp_garp_lower_prio_repeat: Annotated[
        int | None,
        keyword(
            Int(0, SIGNED),
            "gratuitous ARPs for an address when a weaker router advertises",
            acts=True,
            otherwise="vrrp_garp_master_repeat",
        ),
    ] = None
    vrrp_down_timer_adverts: Annotated[
        int, keyword(Int(1, 100), "the missed adverts after which a backup takes over", acts=True)
    ] = 3
    vrrp_garp_interval: Annotated[
        Micros,
        keyword(
            _SPACING,
            "the pause between two gratuitous ARPs on an interface",
            example="vrrp_garp_interval 0.001",
            acts=True,
        ),
    ] = Micros(0)
    vrrp_gna_interval: Annotated[
        Micros,
        keyword(
            _SPACING,
            "the pause between two unsolicited neighbour advertisements on an interface",
            example="vrrp_gna_interval 0.001",
            acts=True,
        ),
    ] = Micros(0)
    vrrp_min_garp: Annotated[bool, keyword(Bool(), "announce an address once only, without repetition and refresh")] = (
        False
    )
    vrrp_garp_extra_if: Annotated[
        ExtraInterval | None,
        keyword(
            ExtraInterfaces(1),
            "announce addresses from time to time on other interfaces than the instance's: VMACs, or with all any",
            deprecated=("vrrp_vmac_garp_intvl",),
            otherwise="0, off",
        ),
    ] = None
    vrrp_lower_prio_no_advert: Annotated[
        bool, keyword(Bool(), "a master does not answer a weaker router's advert", acts=True)
    ] = False
    vrrp_higher_prio_send_advert: Annotated[
        bool, keyword(Bool(), "a master advertises once more before it yields to a stronger router", acts=True)
    ] = False
    vrrp_version: Annotated[int, keyword(Int(2, 3), "the VRRP version of instances that name none", acts=True)] = 2
    vrrp_iptables: Annotated[
        tuple[str, ...] | None,
        keyword(_CHAINS, "use iptables, and these chains", once=True, otherwise="unset; nftables is used"),
    ] = None
    vrrp_ipsets: Annotated[
        tuple[str, ...] | None,
        keyword(
            _SETS,
            "the names of the sets beside iptables; without names no sets are used",
            otherwise="keepalived, keepalived6, keepalived_if6, keepalived_igmp, keepalived_mld, keepalived_nd",
        ),
    ] = None
    nftables: Annotated[
        str | None,
        keyword(
            OptionalWord("TABLE", "keepalived"),
            "filter with nftables, in this table",
            once=True,
            acts=True,
            otherwise="off; on by itself when a VMAC or no_accept needs it",
        ),
    ] = None
    nftables_priority: Annotated[
        int, keyword(Int(-2_147_483_648, SIGNED), "the priority of the base chains", acts=True)
    ] = -1
    nftables_ifindex: Annotated[
        bool, keyword(Flag(), "the sets of nftables have numbers of interfaces, not names", acts=True)
    ] = False
    vrrp_check_unicast_src: Annotated[
        bool, keyword(Flag(), "drop unicast adverts of senders that are no peers", acts=True)
    ] = False
    vrrp_skip_check_adv_addr: Annotated[
        bool, keyword(Bool(), "do not compare the addresses in the adverts of the same master again", acts=True)
    ] = False
    vrrp_strict: Annotated[
        bool,
        keyword(
            Bool(),
            "keep to the RFC: no unicast, no passwords, no preemption delay, and only an address owner accepts",
            acts=True,
        ),
    ] = False
    vrrp_priority: Annotated[
        int, keyword(_NICE, "the nice value of the VRRP process", example="vrrp_priority -10", fallback=0, acts=True)
    ] = 0
    vrrp_no_swap: Annotated[bool, keyword(Flag(), "keep the VRRP process in memory", acts=True)] = False
    vrrp_rt_priority: Annotated[
        int,
        keyword(
            _REALTIME,
            "run the VRRP process with this real-time priority",
            example="vrrp_rt_priority 50",
            otherwise="0, as any process",
            acts=True,
        ),
    ] = 0
    vrrp_cpu_affinity: Annotated[
        tuple[int, ...], keyword(Cpus(), "the CPUs that the VRRP process may run on", otherwise="all CPUs", acts=True)
    ] = ()
    vrrp_rlimit_rttime: Annotated[
        int | None,
        keyword(
            Rttime(),
            "how long a real-time VRRP process may run without waiting",
            deprecated=("vrrp_rlimit_rtime",),
            otherwise="no limit; keepalived's 10000 would end a Python process",
            acts=True,
        ),
    ] = None
    nftables_ipvs: Annotated[
        str | None,
        keyword(
            OptionalWord("TABLE", "keepalived_ipvs"),
            "mark the packets of each virtual server group with nftables, so that IPVS needs one service for it",
            once=True,
            otherwise="off",
        ),
    ] = None
    nftables_ipvs_priority: Annotated[int, keyword(Int(-2_147_483_648, SIGNED), "the priority of these chains")] = -1
    nftables_ipvs_start_fwmark: Annotated[
        int, keyword(Int(1, UNSIGNED), "the first firewall mark for virtual server groups")
    ] = 1000
    nftables_counters: Annotated[bool, keyword(Flag(), "count the packets of nftables rules", acts=True)] = False
    notify_fifo: Annotated[
        Pipe | None, keyword(Fifo(), "a named pipe that gets a line for every change of state", once=True, acts=True)
    ] = None
    notify_fifo_script: Annotated[
        Command | None,
        keyword(Script(), "a command that reads notify_fifo; its path is the last argument", once=True, acts=True),
    ] = None
    vrrp_notify_fifo: Annotated[
        Pipe | None, keyword(Fifo(), "a named pipe that gets a line for every change of VRRP", once=True, acts=True)
    ] = None
    vrrp_notify_fifo_script: Annotated[
        Command | None,
        keyword(Script(), "a command that reads vrrp_notify_fifo; its path is the last argument", once=True, acts=True),
    ] = None
    vrrp_notify_priority_changes: Annotated[
        bool, keyword(Bool(), "tell the pipes of changes of priority too", acts=True)
    ] = False
    fifo_write_vrrp_states_on_reload: Annotated[
        bool, keyword(Flag(), "tell the pipes the present states after a reload", acts=True)
    ] = False
    lvs_notify_fifo: Annotated[
        Pipe | None,
        keyword(Fifo(), "a named pipe that gets a line for every change of real and virtual servers", once=True),
    ] = None
    lvs_notify_fifo_script: Annotated[
        Command | None,
        keyword(Script(), "a command that reads lvs_notify_fifo; its path is the last argument", once=True),
    ] = None
    checker_priority: Annotated[
        int,
        keyword(
            _NICE, "the nice value of the health check process", example="checker_priority -10", fallback=0, acts=True
        ),
    ] = 0
    checker_no_swap: Annotated[bool, keyword(Flag(), "keep the health check process in memory", acts=True)] = False
    checker_rt_priority: Annotated[
        int,
        keyword(
            _REALTIME,
            "run the health check process with this real-time priority",
            example="checker_rt_priority 50",
            otherwise="0, as any process",
            acts=True,
        ),
    ] = 0
    checker_cpu_affinity: Annotated[
        tuple[int, ...],
        keyword(Cpus(), "the CPUs that the health check process may run on", otherwise="all CPUs", acts=True),
    ] = ()
    checker_rlimit_rttime: Annotated[
        int | None,
        keyword(
            Rttime(),
            "how long a real-time health check process may run without waiting",
            deprecated=("checker_rlimit_rtime",),
            otherwise="no limit; keepalived's 10000 would end a Python process",
            acts=True,
        ),
    ] = None
    bfd_priority: Annotated[
        int, keyword(_NICE, "the nice value of the BFD process", example="bfd_priority -10", fallback=0)
    ] = 0
    bfd_no_swap: Annotated[bool, keyword(Flag(), "keep the BFD process in memory")] = False
    bfd_rt_priority: Annotated[
        int,
        keyword(
            _REALTIME,
            "run the BFD process with this real-time priority",
            example="bfd_rt_priority 50",
            otherwise="0, as any process",
        ),
    ] = 0
    bfd_cpu_affinity: Annotated[
        tuple[int, ...], keyword(Cpus(), "the CPUs that the BFD process may run on", otherwise="all CPUs")
    ] = ()
    bfd_rlimit_rttime: Annotated[
        int | None,
        keyword(
            Rttime(),
            "how long a real-time BFD process may run without waiting",
            deprecated=("bfd_rlimit_rtime",),
            otherwise="no limit; keepalived's 10000 would end a Python process",
        ),
    ] = None
    snmp_socket: Annotated[
        str | None,
        keyword(
            Word("TRANSPORT:ADDRESS|PATH", longest=4095),
            "where the SNMP master agent listens",
            example="snmp_socket udp:127.0.0.1:705",
            once=True,
            otherwise="as net-snmp has it",
        ),
    ] = None
    enable_traps: Annotated[bool, keyword(Flag(), "send SNMP notifications")] = False
    enable_snmp_vrrp: Annotated[
        bool, keyword(Flag(), "serve the VRRP part of keepalived's MIB", deprecated=("enable_snmp_keepalived",))
    ] = False
    enable_snmp_rfc: Annotated[bool, keyword(Flag(), "serve both standard VRRP MIBs")] = False
    enable_snmp_rfcv2: Annotated[bool, keyword(Flag(), "serve the standard MIB of VRRPv2")] = False
    enable_snmp_rfcv3: Annotated[bool, keyword(Flag(), "serve the standard MIB of VRRPv3")] = False
    enable_snmp_checker: Annotated[bool, keyword(Flag(), "serve the IPVS part of keepalived's MIB")] = False
    snmp_vs_stats_update_interval: Annotated[
        Micros, keyword(_STATISTICS, "how old statistics of virtual servers may be that SNMP shows")
    ] = Micros(5 * SECOND)
    snmp_rs_stats_update_interval: Annotated[
        Micros | None,
        keyword(
            _STATISTICS,
            "how old statistics of real servers may be that SNMP shows",
            otherwise="snmp_vs_stats_update_interval",
        ),
    ] = None
    enable_dbus: Annotated[bool, keyword(Flag(), "publish instances on the system bus")] = False
    dbus_service_name: Annotated[str, keyword(Word("NAME"), "the name on the bus", missing="missing-value")] = (
        "org.keepalived.Vrrp1"
    )
    dbus_no_interface_name: Annotated[
        str, keyword(Word("NAME"), "what stands in paths for an instance without interface", missing="missing-value")
    ] = "none"
    script_user: Annotated[
        str | None,
        keyword(
            Owner(),
            "USER [GROUP] that scripts run as",
            example="script_user nobody",
            into=("script_user", "script_group"),
            acts=True,
            otherwise="keepalived_script where there is such a user, else the daemon's",
            missing="missing-value",
        ),
    ] = None
    script_group: str | None = None
    enable_script_security: Annotated[
        bool, keyword(Flag(), "refuse scripts run as root that others could change", acts=True)
    ] = False
    vrrp_netlink_cmd_rcv_bufs: Annotated[
        int | None,
        keyword(
            _BYTES,
            "the receive buffer of the VRRP process's netlink command socket; 0: as it is",
            otherwise="as the kernel has it",
        ),
    ] = None
    vrrp_netlink_cmd_rcv_bufs_force: Annotated[
        bool, keyword(Bool(), "let that buffer be larger than the system allows")
    ] = False
    vrrp_netlink_monitor_rcv_bufs: Annotated[
        int | None,
        keyword(
            _BYTES,
            "the receive buffer of the VRRP process's netlink event socket; 0: as it is",
            otherwise="as the kernel has it",
        ),
    ] = None
    vrrp_netlink_monitor_rcv_bufs_force: Annotated[
        bool, keyword(Bool(), "let that buffer be larger than the system allows")
    ] = False
    process_monitor_rcv_bufs: Annotated[
        int | None,
        keyword(
            _BYTES, "the receive buffer of the socket for process events; 0: as it is", otherwise="as the kernel has it"
        ),
    ] = None
    process_monitor_rcv_bufs_force: Annotated[
        bool, keyword(Bool(), "let that buffer be larger than the system allows")
    ] = False
    lvs_netlink_cmd_rcv_bufs: Annotated[
        int | None,
        keyword(
            _BYTES,
            "the receive buffer of the health check process's netlink command socket; 0: as it is",
            otherwise="as the kernel has it",
        ),
    ] = None
    lvs_netlink_cmd_rcv_bufs_force: Annotated[
        bool, keyword(Bool(), "let that buffer be larger than the system allows")
    ] = False
    lvs_netlink_monitor_rcv_bufs: Annotated[
        int | None,
        keyword(
            _BYTES,
            "the receive buffer of the health check process's netlink event socket; 0: as it is",
            otherwise="as the kernel has it",
        ),
    ] = None
    lvs_netlink_monitor_rcv_bufs_force: Annotated[
        bool, keyword(Bool(), "let that buffer be larger than the system allows")
    ] = False
    rs_init_notifies: Annotated[
        bool, keyword(Bool(), "run notify_up for servers that are up at the start", acts=True)
    ] = False
    no_checker_emails: Annotated[
        bool, keyword(Bool(), "send mail when a real server changes, not for each of its checks")
    ] = False
    vrrp_rx_bufs_policy: Annotated[
        str | int | None,
        keyword(BufferPolicy(), "how large the receive buffers for adverts are", otherwise="as the system has it"),
    ] = None
    vrrp_rx_bufs_multiplier: Annotated[
        int, keyword(Int(1, UNSIGNED), "how often the MTU or the advert fits into the buffer")
    ] = 3
    vrrp_startup_delay: Annotated[
        Micros, keyword(_HOLD, "how long instances wait after the start", example="vrrp_startup_delay 5", acts=True)
    ] = Micros(0)
    vrrp_delay_after_boot: Annotated[
        Micros,
        keyword(
            _HOLD,
            "how long the machine must have been up before instances start",
            example="vrrp_delay_after_boot 30",
            acts=True,
        ),
    ] = Micros(0)
    log_unknown_vrids: Annotated[
        bool, keyword(Flag(), "log adverts of virtual routers that are not configured on the interface", acts=True)
    ] = False
    vrrp_owner_ignore_adverts: Annotated[
        bool, keyword(Bool(), "an address owner ignores the adverts of others", acts=True)
    ] = False
    vmac_prefix: Annotated[
        str,
        keyword(
            Word("STRING", longest=11, cut=True), "what the names of VMAC interfaces begin with", once=True, acts=True
        ),
    ] = "vrrp"
    vmac_addr_prefix: Annotated[
        str | None,
        keyword(
            Word("STRING", longest=11, cut=True),
            "what the names of VMAC interfaces for addresses elsewhere begin with",
            example="vmac_addr_prefix vrrp4",
            once=True,
            acts=True,
            otherwise="vmac_prefix",
        ),
    ] = None
    umask: Annotated[int, keyword(Umask(), "the file creation mask of the daemon", acts=True)] = 0o177
    random_seed: Annotated[
        int | None, keyword(Int(0, UNSIGNED), "where random numbers begin", otherwise="time of day")
    ] = None
    reload_check_config: Annotated[
        str | None,
        keyword(
            OptionalWord("LOGFILE", "/dev/null"),
            "test the new configuration before a reload, and log what is wrong there",
            otherwise="off; kad tests it in any case",
        ),
    ] = None
    reload_time_file: Annotated[
        str | None,
        keyword(Word("PATH"), "a file that says when to reload", example="reload_time_file /etc/keepalived/reload-at"),
    ] = None
    reload_repeat: Annotated[bool, keyword(Flag(), "a time in reload_time_file is for every day")] = False
    reload_file: Annotated[
        str | None,
        keyword(
            OptionalWord("PATH", ""),
            "a file that is there while a reload reads; without a path keepalived.reload beside the pid files",
            example="reload_file /etc/keepalived/reloading",
            otherwise="off",
        ),
    ] = None
    include_check: Annotated[
        tuple[str, ...] | None,
        keyword(IncludeChecks(), "which problems of an include are errors from here on", otherwise="none"),
    ] = None
    config_save_dir: Annotated[
        str | None,
        keyword(
            Word("DIRECTORY"),
            "a directory that gets a copy of each configuration that is read",
            example="config_save_dir /var/lib/keepalived",
        ),
    ] = None
    tmp_config_directory: Annotated[
        str | None,
        keyword(
            Word("DIRECTORY"),
            "where the merged configuration is kept",
            example="tmp_config_directory /run/keepalived",
            once=True,
            otherwise="in memory",
        ),
    ] = None
    data_use_instance: Annotated[
        bool, keyword(Bool(), "put the name of the instance and the namespace into the names of dump files", acts=True)
    ] = False
    json_version: Annotated[int, keyword(Int(1, 2), "how the JSON dump is laid out", acts=True)] = 1
    iproute_usr_dir: Annotated[
        str | None, keyword(_PATH, "the vendor's directory of iproute2 tables", otherwise="where iproute2 has it")
    ] = None
    iproute_etc_dir: Annotated[
        str | None, keyword(_PATH, "the local directory of iproute2 tables", otherwise="where iproute2 has it")
    ] = None
    state_dump_file: Annotated[
        str | None,
        keyword(
            _PATH,
            "where SIGUSR1 writes the state",
            example="state_dump_file /run/keepalived.data",
            otherwise="keepalived's data files in /tmp",
            acts=True,
        ),
    ] = None
    stats_dump_file: Annotated[
        str | None,
        keyword(
            _PATH,
            "where SIGUSR2 writes the statistics",
            example="stats_dump_file /run/keepalived.stats",
            otherwise="keepalived's stats file in /tmp",
            acts=True,
        ),
    ] = None
    json_dump_file: Annotated[
        str | None,
        keyword(
            _PATH,
            "where the JSON dump is written",
            example="json_dump_file /run/keepalived.json",
            otherwise="keepalived's JSON file in /tmp",
            acts=True,
        ),
    ] = None

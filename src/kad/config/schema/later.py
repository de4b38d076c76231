"""The keywords that keepalived 2.4.3 has and kad does not act on yet: block by block, as they are written.

They are told as what they are, not as slips of the pen (reference keywords). A word leaves this list when its block's
schema declares it. Blocks that are here as a whole are skipped, so that what stands in them is not.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LATER: dict[str, frozenset[str]] = {
    "": _words(
        """
        SSL bfd_instance child_wait_time garp_group instance interface_up_down_delays linkbeat_interfaces
        linkbeat_use_polling namespace_with_ipsets net_namespace net_namespace_ipvs static_ipaddress
        static_routes static_rules track_file track_group use_pid_dir virtual_server_group vrrp_sync_group
        vrrp_track_file vrrp_track_process
        """
    ),
    "HTTP_GET": _words(
        """
        enable_sni sni_name
        """
    ),
    "global_defs": _words(
        """
        bfd_cpu_affinity bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rtime bfd_rlimit_rttime
        bfd_rt_priority checker_cpu_affinity checker_no_swap checker_priority checker_process_name
        checker_rlimit_rtime checker_rlimit_rttime checker_rt_priority config_save_dir data_use_instance
        dbus_no_interface_name dbus_service_name default_interface disable_local_igmp dynamic_interfaces
        enable_dbus enable_snmp_checker enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2
        enable_snmp_rfcv3 enable_snmp_vrrp enable_traps fifo_write_vrrp_states_on_reload include_check
        iproute_etc_dir iproute_usr_dir json_dump_file json_version log_unknown_vrids lvs_flush
        lvs_flush_on_stop lvs_flush_onstop lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
        lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo lvs_notify_fifo_script
        lvs_process_name lvs_sync_daemon lvs_timeouts max_auto_priority min_auto_priority_delay nftables
        nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark
        nftables_priority no_checker_emails no_email_faults notification_email notification_email_from
        notify_fifo notify_fifo_script process_monitor_rcv_bufs process_monitor_rcv_bufs_force process_name
        process_names random_seed reload_check_config reload_file reload_repeat reload_time_file
        set_supplementary_groups shutdown_script shutdown_script_timeout smtp_alert smtp_alert_checker
        smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server snmp_rs_stats_update_interval
        snmp_socket snmp_vs_stats_update_interval startup_script startup_script_timeout state_dump_file
        stats_dump_file tmp_config_directory umask use_symlink_paths v3_checksum_as_v2 vmac_addr_prefix
        vmac_prefix vrrp_check_unicast_src vrrp_cpu_affinity vrrp_delay_after_boot vrrp_down_timer_adverts
        vrrp_garp_extra_if vrrp_garp_interval vrrp_gna_interval vrrp_ipsets vrrp_iptables vrrp_mcast_group6
        vrrp_min_garp vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
        vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script
        vrrp_notify_priority_changes vrrp_owner_ignore_adverts vrrp_priority vrrp_process_name vrrp_rlimit_rtime
        vrrp_rlimit_rttime vrrp_rt_priority vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_skip_check_adv_addr
        vrrp_startup_delay vrrp_strict vrrp_vmac_garp_intvl
        """
    ),
    "real_server": _words(
        """
        BFD_CHECK DNS_CHECK FILE_CHECK PING_CHECK SMTP_CHECK SSL_GET UDP_CHECK smtp_alert snmp_name
        """
    ),
    "url": _words(
        """
        regex regex_max_offset regex_min_offset regex_no_match regex_options regex_stack
        """
    ),
    "virtual_ipaddress": _words(
        """
        -nodad autojoin home mngtmpaddr no_track noprefixroute peer preferred_lft use_vmac
        """
    ),
    "virtual_ipaddress_excluded": _words(
        """
        -nodad autojoin home mngtmpaddr no_track noprefixroute peer preferred_lft use_vmac
        """
    ),
    "virtual_server": _words(
        """
        flag-1 flag-2 flag-3 ha_suspend hashed ip_family mh-fallback mh-port ops persistence_engine sh-fallback
        sh-port smtp_alert snmp_name sorry_server_lvs_method
        """
    ),
    "vrrp_instance": _words(
        """
        accept auth_hmac check_unicast_src debug dont_track_primary down_timer_adverts garp_extra_if
        kernel_rx_buf_size linkbeat_use_polling lvs_sync_daemon_interface mcast_dst_ip native_ipv6 no_accept
        no_virtual_ipaddress notify_deleted notify_master_rx_lower_pri notify_priority_changes
        old_unicast_checksum owner_ignore_adverts promote_secondaries skip_check_adv_addr smtp_alert strict_mode
        thread_timer_expired timer_expired_backup track_bfd track_file track_interface track_process
        track_src_ip unicast_fault_no_peer unicast_peer unicast_src_ip unicast_ttl use_ipvlan use_vmac
        use_vmac_addr v3_checksum_as_v2 virtual_routes virtual_rules vmac_garp_intvl vmac_xmit_base vrf
        """
    ),
    "vrrp_script": _words(
        """
        init_fail
        """
    ),
}
"""By the title of the block; the outermost level has none."""

CHECKS = _words("BFD_CHECK DNS_CHECK FILE_CHECK PING_CHECK SMTP_CHECK SSL_GET UDP_CHECK")
"""Those that leave a real server without the check that was meant."""

ENDING = _words("auth_hmac unicast_peer")
"""Those that an instance can't do without: a rule says so and drops it (vrrp_rules.py)."""

UNICAST = _words("check_unicast_src old_unicast_checksum unicast_fault_no_peer unicast_src_ip unicast_ttl")
"""Those that mean nothing of their own beside unicast_peer."""

VALUED = _words("peer preferred_lft")
"""The options of an address that take a word."""

INNER = _words("track_file")
"""Those of the outermost level that stand in blocks too."""


def consequence(word: str, *, block: bool) -> str:
    """What follows from not acting on it."""
    if word in CHECKS:
        return "the server is not checked by it, and without another check counts as up"
    return "the block is skipped" if block else "the line is skipped"

"""Where each act is shown: for every keyword that kad says it acts on, the test that sees it act.

A keyword is declared with acts=True only together with its line here (test_acts.py holds both to it). The tests are
named from this directory on.
"""

_NODE = "vrrp/test_node.py::"
_WIRES = "vrrp/test_node_wires.py::"
_ROUTER = "vrrp/test_router.py::"
_SETTINGS = "vrrp/test_settings.py::"
_TRACKING = "vrrp/test_tracking.py::"
_HMAC = "vrrp/test_auth_hmac.py::"
_FLAGS_2 = f"{_SETTINGS}test_each_of_these_flags_of_the_globals_holds_unless_the_instance_says"
_MISSED = f"{_SETTINGS}test_the_adverts_that_may_fail_to_come_are_counted_by_the_instance_or_the_globals"
_DELAY = f"{_WIRES}test_a_startup_delay_is_the_longer_one_and_for_the_start_of_the_daemon_alone"
_UNICAST = "vrrp/test_router_unicast.py::"
_VALIDATE = "vrrp/test_validate.py::"
_GROUP = "vrrp/test_group.py::"
_TOGETHER = f"{_GROUP}test_members_never_differ_whatever_happens"
_SHARED_LINK = f"{_GROUP}test_what_member_and_group_both_follow_is_followed_as_the_member_says"
_SHARED_SCRIPT = f"{_GROUP}test_what_the_group_follows_counts_for_every_member"
_GROUP_SCRIPTS = f"{_GROUP}test_the_groups_scripts_come_after_the_members_when_it_becomes_master"
_GROUP_FAULT = f"{_GROUP}test_the_groups_scripts_tell_of_fault_and_of_the_stop"
_DUMPS = "supervisor/test_dump.py::test_a_dump_goes_where_the_configuration_says"
_STORY = "netns/test_fifo.py::test_a_group_s_story_is_told_in_keepalived_s_lines_and_order"
_READER = "runner/test_pipes.py::test_a_reader_gets_the_path_last_and_all_lines_before_it_is_told_to_end"
_TOLD_PRIORITY = (
    "vrrp/test_settings.py::test_changes_of_priority_are_told_as_the_instance_says_or_its_group_or_the_globals"
)
_DELETED = "test_notify.py::test_a_deletion_is_told_to_its_own_script_and_to_the_general_one"
_PARENT = "supervisor/test_process.py::"
_TREATED = f"{_PARENT}test_a_worker_is_treated_as_the_configuration_says_and_a_reload_changes_it"
_ERRANDS = f"{_PARENT}test_the_startup_script_ends_before_the_workers_start_and_the_shutdown_script_runs_after_them"
_ERRAND_FAILS = f"{_PARENT}test_a_startup_script_that_goes_wrong_is_a_line_and_the_workers_start_all_the_same"
_LATE = "supervisor/test_wishes.py::test_what_is_late_can_be_said"
_WISHES = "supervisor/test_wishes.py::test_each_worker_is_treated_by_its_own_keywords"
_NAMES = "test_start.py::test_instance_and_namespace_are_in_the_names_of_pid_files_and_in_the_log"
_PROCESS = "vrrp/test_track_process.py::"
_PROCESS_SEEN = f"{_PROCESS}test_a_node_follows_processes_events_and_delays"
_PROCESS_MATCHES = f"{_PROCESS}test_a_process_is_known_by_its_name_or_by_its_command_line"
_PROCESS_WEIGHT = f"{_PROCESS}test_a_track_takes_weight_and_reverse_from_its_process_unless_it_says"
_PROCESS_COUNT = f"{_PROCESS}test_there_may_be_too_few_and_too_many"
_PROCESS_DELAY = f"{_PROCESS}test_a_fork_and_an_end_must_last_as_long_as_their_delays_say"
_LINKS = "vrrp/test_links.py::"
_POLLED = f"{_LINKS}test_the_interfaces_that_are_asked_are_those_of_the_list_and_those_of_vrrp_where_that_is_wished"
_ASKED = "system/test_linkbeat.py::test_a_veth_has_no_mii_registers_and_is_asked_by_ethtool"
_FILE = "vrrp/test_track_file.py::"
_NET_FILE = "netns/test_track_file.py::"
_FILE_SEEN = f"{_FILE}test_a_node_advertises_what_a_file_says"
_FILE_WEIGHT = f"{_FILE}test_a_track_takes_weight_and_reverse_from_its_file_unless_it_says"
_VMAC = "vrrp/test_vmac.py::"
_VMAC_NAME = f"{_VMAC}test_a_vmac_has_the_name_and_address_that_are_written_else_those_by_the_vrid"
_VMAC_PLACE = f"{_VMAC}test_addresses_elsewhere_have_vmacs_only_when_that_is_wished"
_VMAC_PREFIX = f"{_VMAC}test_the_prefixes_are_those_of_the_globals"
_FIREWALL = "vrrp/test_firewall.py::"
_TABLE = f"{_FIREWALL}test_the_globals_say_what_the_table_is_like"
_ACCEPT = f"{_FIREWALL}test_who_does_not_own_the_addresses_accepts_unless_it_says_not_or_is_strict"
_CHECKER = "health/test_checker.py::"
_QUORUM = "health/test_quorum.py::"
_VERDICT = "health/test_verdict.py::"
_WORLD = "health/test_world.py::"
_HTTP = "health/checks/test_http_get.py::"
_IPVS = "system/test_ipvs.py::"

_GARP = f"{_SETTINGS}test_each_garp_value_of_the_globals_holds_unless_the_instance_says"
_VERSION = f"{_SETTINGS}test_the_version_and_the_group_come_from_the_globals_unless_the_instance_says"
_FLAGS = f"{_SETTINGS}test_a_flag_of_the_globals_holds_unless_the_instance_says"
_TRACK = f"{_SETTINGS}test_a_track_takes_weight_and_reverse_from_its_script_unless_it_says"
_LINK_FAULT = f"{_TRACKING}test_a_followed_interface_without_weight_decides_alone"
_LINK_WEIGHT = f"{_TRACKING}test_the_weight_of_an_interface_counts_by_its_state"
_PASSWORD = f"{_SETTINGS}test_a_password_is_padded_to_eight_bytes_and_means_nothing_in_v3"
_ADDRESSES = f"{_SETTINGS}test_the_interfaces_of_a_router_are_its_own_and_those_of_its_addresses"
_DETAILS = "system/test_netlink.py::test_addresses_are_set_with_all_their_details_and_taken_off"
_OWNER = "system/test_scripts.py::test_a_script_of_another_user_has_that_users_ids_and_no_groups_of_ours"
_NOTIFY = "test_notify.py::test_the_event_s_own_script_comes_first_then_the_general_one_with_four_arguments_more"
_INNERMOST = f"{_VERDICT}test_the_checker_s_word_goes_before_the_real_server_s_and_that_before_the_virtual_server_s"
_OWN_WORDS = f"{_VERDICT}test_every_type_takes_its_rhythm_and_its_alpha_from_its_own_words"
_ALPHA = f"{_VERDICT}test_alpha_is_inherited_and_can_be_undone_further_in"
_TIME_LIMIT = f"{_WORLD}test_the_time_limit_is_the_innermost_one"
_FROM_WHERE = f"{_WORLD}test_a_check_comes_from_where_it_says"
_FAILURES = f"{_CHECKER}test_whether_all_failures_are_logged_is_the_checker_s_own_word_or_else_the_global_one"
_SCRIPTS = f"{_QUORUM}test_scripts_run_for_the_server_before_the_quorum"
_IN_PLACE = f"{_QUORUM}test_a_reload_changes_weight_method_and_scheduler_in_place"
_PERSISTENCE = f"{_IPVS}test_persistence_is_a_flag_a_timeout_and_a_mask"
_TABLES = "kernel/test_ipvs.py::test_kad_leaves_the_table_that_keepalived_leaves_in_the_long_set_too"

_PAUSE = "vrrp/test_pacing.py::test_packets_of_an_interface_follow_each_other_after_a_pause_round_by_round"
_PAUSES = "vrrp/test_pacing.py::test_arp_and_neighbour_advertisements_have_their_own_pauses"
_PACE = "vrrp/test_pacing.py::test_a_group_goes_before_what_holds_everywhere_also_where_it_says_nothing"
_CLOCK = "vrrp/test_pacing.py::test_interfaces_do_not_wait_for_each_other_unless_a_group_says_so"

_ROUTING = "netns/test_routing.py::"
_SAME_WAYS = f"{_ROUTING}test_a_master_has_the_routes_and_rules_that_keepalived_has"
_PUT_BACK = f"{_ROUTING}test_what_others_delete_is_put_back_unless_it_is_not_tracked"
_SAME_ADDRESSES = f"{_ROUTING}test_a_master_has_its_addresses_as_keepalived_has_them"
_TIES = "vrrp/test_statics.py::test_the_instances_of_a_track_group_need_the_interfaces_of_its_lines"
_ROUTE_WORDS = (
    "add advmss append congctl cwnd dev encap expires fastopen_no_cookie features from hoplimit initcwnd"
    " initrwnd metric mtu nexthop onlink or pref prepend protocol quickack realms reordering rto_min rtt rttvar scope"
    " src ssthresh table to tos ttl-propagate via window"
)
_RULE_WORDS = (
    "blackhole dport from fwmark goto iif ipproto l3mdev nop not oif preference prohibit protocol realms"
    " sport suppress_ifgroup suppress_prefixlength table to tos tunnel-id type uidrange unreachable"
)

_WAYS = {
    "/vrrp_instance/virtual_routes": _SAME_WAYS,
    "/vrrp_instance/virtual_routes/*/no_track": _PUT_BACK,
    "/vrrp_instance/virtual_rules": _SAME_WAYS,
    "/vrrp_instance/virtual_rules/*/no_track": _PUT_BACK,
    **{
        f"/vrrp_instance/{block}/*/{word}": f"{_ROUTING}test_a_family_before_the_line_is_heard"
        for block in ("virtual_routes", "virtual_rules")
        for word in ("inet", "inet6")
    },
    **{
        f"/{block}{line}": f"{_ROUTING}test_what_is_static_is_as_with_keepalived_from_start_to_stop_and_restored"
        for block in ("static_ipaddress", "static_routes", "static_rules")
        for line in ("", "/*/track_group")
    },
    "/track_group": _TIES,
    "/track_group/group": _TIES,
    **{
        f"/{block}/*/{word}": _SAME_ADDRESSES
        for block in ("static_ipaddress", "vrrp_instance/virtual_ipaddress", "vrrp_instance/virtual_ipaddress_excluded")
        for word in ["peer", "home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "preferred_lft"]
    },
    **{
        f"/{block}/*/no_track": "vrrp/test_statics.py::test_the_loss_of_an_address_that_is_not_tracked_is_no_matter"
        for block in ("static_ipaddress", "vrrp_instance/virtual_ipaddress", "vrrp_instance/virtual_ipaddress_excluded")
    },
    **{f"/static_ipaddress/*/{word}": _DETAILS for word in ("dev", "brd", "label", "scope")},
    **{f"/static_routes/*/{word}": _SAME_WAYS for word in f"{_ROUTE_WORDS} inet inet6 no_track".split()},
    **{f"/static_rules/*/{word}": _SAME_WAYS for word in f"{_RULE_WORDS} inet inet6 no_track".split()},
    **{f"/vrrp_instance/virtual_routes/*/{word}": _SAME_WAYS for word in _ROUTE_WORDS.split()},
    **{f"/vrrp_instance/virtual_rules/*/{word}": _SAME_WAYS for word in _RULE_WORDS.split()},
}

_GLOBALS = {
    "/global_defs": _VERSION,
    "/global_defs/vrrp_version": _VERSION,
    "/global_defs/vrrp_mcast_group4": _VERSION,
    "/global_defs/vrrp_check_unicast_src": (
        f"{_SETTINGS}test_strangers_are_refused_when_the_instance_or_the_globals_say_so_or_a_peer_has_bounds"
    ),
    "/global_defs/vrrp_mcast_group6": f"{_SETTINGS}test_the_group_is_the_family_s_unless_the_instance_says_another",
    "/global_defs/v3_checksum_as_v2": _FLAGS_2,
    "/global_defs/vrrp_skip_check_adv_addr": _FLAGS_2,
    "/global_defs/vrrp_owner_ignore_adverts": _FLAGS_2,
    "/global_defs/vrrp_down_timer_adverts": _MISSED,
    "/global_defs/vrrp_startup_delay": _DELAY,
    "/global_defs/vrrp_delay_after_boot": _DELAY,
    "/global_defs/log_unknown_vrids": f"{_WIRES}test_unknown_vrids_are_logged_once_each_when_that_is_wished",
    "/global_defs/vrrp_garp_master_delay": _GARP,
    "/global_defs/vrrp_garp_master_repeat": _GARP,
    "/global_defs/vrrp_garp_master_refresh": _GARP,
    "/global_defs/vrrp_garp_master_refresh_repeat": _GARP,
    "/global_defs/vrrp_garp_lower_prio_delay": _GARP,
    "/global_defs/vrrp_garp_lower_prio_repeat": _GARP,
    "/global_defs/vrrp_garp_interval": _PAUSE,
    "/global_defs/vrrp_gna_interval": _PAUSES,
    "/global_defs/vrrp_lower_prio_no_advert": _FLAGS,
    "/global_defs/vrrp_higher_prio_send_advert": _FLAGS,
    "/global_defs/nftables": _TABLE,
    "/global_defs/nftables_priority": _TABLE,
    "/global_defs/nftables_counters": _TABLE,
    "/global_defs/nftables_ifindex": _TABLE,
    "/global_defs/vmac_prefix": _VMAC_PREFIX,
    "/global_defs/vmac_addr_prefix": _VMAC_PREFIX,
    "/global_defs/vrrp_strict": f"{_FIREWALL}test_the_globals_make_all_strict_but_one_that_says_not",
    "/global_defs/script_user": "runner/test_process.py::test_a_script_runs_as_script_user_unless_it_says_as_whom",
    "/global_defs/enable_script_security": (
        "config/test_script_rules.py::test_with_security_a_program_that_others_could_change_is_not_run_as_root"
    ),
    "/global_defs/rs_init_notifies": f"{_QUORUM}test_a_start_runs_no_script_of_a_real_server_unless_rs_init_notifies",
    "/global_defs/checker_log_all_failures": _FAILURES,
}

_PROCESSES = {
    "/net_namespace": "netns/test_namespace.py::test_kad_does_all_its_work_in_the_namespace_that_it_is_to_enter",
    "/use_pid_dir": _NAMES,
    "/instance": _NAMES,
    "/child_wait_time": "supervisor/test_lifecycle.py::test_how_long_a_stop_may_take_can_be_said",
    "/global_defs/json_version": "vrrp/test_dumps.py::test_the_second_version_of_the_json_names_its_list",
    "/global_defs/data_use_instance": _DUMPS,
    "/global_defs/state_dump_file": _DUMPS,
    "/global_defs/stats_dump_file": _DUMPS,
    "/global_defs/json_dump_file": _DUMPS,
    "/global_defs/process_name": "netns/test_namespace.py::test_the_mask_of_files_and_the_name_are_those_of_the_file",
    "/global_defs/umask": "netns/test_namespace.py::test_the_mask_of_files_and_the_name_are_those_of_the_file",
    "/global_defs/process_names": _TREATED,
    "/global_defs/vrrp_process_name": _WISHES,
    "/global_defs/checker_process_name": _TREATED,
    "/global_defs/startup_script": _ERRANDS,
    "/global_defs/startup_script_timeout": _ERRAND_FAILS,
    "/global_defs/shutdown_script": _ERRANDS,
    "/global_defs/shutdown_script_timeout": f"{_PARENT}test_a_shutdown_script_may_not_take_for_ever",
    "/global_defs/max_auto_priority": _LATE,
    "/global_defs/min_auto_priority_delay": _LATE,
    **{
        f"/global_defs/{half}_{keyword}": _WISHES
        for half in ("vrrp", "checker")
        for keyword in ("priority", "no_swap", "rt_priority", "cpu_affinity", "rlimit_rttime")
    },
}

_VRRP = {
    "/garp_group": _PACE,
    "/garp_group/garp_interval": _PACE,
    "/garp_group/gna_interval": _PACE,
    "/garp_group/interface": _PACE,
    "/garp_group/interfaces": _CLOCK,
    "/track_file": _FILE_SEEN,
    "/track_file/file": _FILE_SEEN,
    "/track_file/weight": _FILE_WEIGHT,
    "/track_file/init_file": f"{_NET_FILE}test_a_file_is_made_at_the_start",
    "/linkbeat_use_polling": _POLLED,
    "/linkbeat_interfaces": _POLLED,
    "/linkbeat_interfaces/*/MII": _ASKED,
    "/linkbeat_interfaces/*/ETHTOOL": _ASKED,
    "/linkbeat_interfaces/*/IOCTL": _ASKED,
    "/interface_up_down_delays": f"{_LINKS}test_a_loss_counts_after_its_delay_and_a_return_after_its_own",
    "/vrrp_script/init_fail": f"{_TRACKING}test_with_init_fail_a_script_counts_as_bad_until_it_has_succeeded",
    "/vrrp_instance/dont_track_primary": f"{_LINKS}test_with_dont_track_primary_the_own_interface_does_not_matter",
    "/vrrp_instance/track_src_ip": f"{_LINKS}test_with_track_src_ip_the_configured_address_must_be_there",
    "/vrrp_instance/linkbeat_use_polling": _POLLED,
    "/vrrp_track_process": _PROCESS_SEEN,
    "/vrrp_track_process/process": _PROCESS_MATCHES,
    "/vrrp_track_process/param_match": _PROCESS_MATCHES,
    "/vrrp_track_process/full_command": _PROCESS_MATCHES,
    "/vrrp_track_process/weight": _PROCESS_WEIGHT,
    "/vrrp_track_process/quorum": _PROCESS_COUNT,
    "/vrrp_track_process/quorum_max": _PROCESS_COUNT,
    "/vrrp_track_process/delay": f"{_PROCESS}test_delay_is_both_delays",
    "/vrrp_track_process/fork_delay": _PROCESS_DELAY,
    "/vrrp_track_process/terminate_delay": _PROCESS_DELAY,
    "/vrrp_instance/track_process": _PROCESS_SEEN,
    "/vrrp_instance/track_process/*/weight": _PROCESS_WEIGHT,
    "/vrrp_instance/track_process/*/reverse": _PROCESS_WEIGHT,
    "/vrrp_instance/track_process/*/noreverse": _PROCESS_WEIGHT,
    "/vrrp_instance/track_file": _FILE_SEEN,
    "/vrrp_instance/track_file/*/weight": _FILE_WEIGHT,
    "/vrrp_instance/track_file/*/reverse": _FILE_WEIGHT,
    "/vrrp_instance/track_file/*/noreverse": _FILE_WEIGHT,
    "/vrrp_script": f"{_NODE}test_a_tracked_script_runs_at_once_and_its_verdict_moves_the_priority",
    "/vrrp_script/script": f"{_NODE}test_a_tracked_script_runs_at_once_and_its_verdict_moves_the_priority",
    "/vrrp_script/interval": f"{_TRACKING}test_a_script_runs_at_once_and_then_every_interval",
    "/vrrp_script/timeout": f"{_TRACKING}test_a_script_s_timeout_is_its_interval_unless_it_has_one",
    "/vrrp_script/weight": _TRACK,
    "/vrrp_script/rise": f"{_TRACKING}test_a_verdict_changes_only_after_rise_or_fall_equal_results",
    "/vrrp_script/fall": f"{_TRACKING}test_a_verdict_changes_only_after_rise_or_fall_equal_results",
    "/vrrp_script/user": _OWNER,
    "/vrrp_instance": f"{_ROUTER}test_a_router_starts_as_backup_and_waits_a_master_down_time",
    "/vrrp_instance/interface": f"{_SETTINGS}test_the_key_of_a_router_is_its_interface_and_vrid",
    "/vrrp_instance/virtual_router_id": f"{_SETTINGS}test_the_key_of_a_router_is_its_interface_and_vrid",
    "/vrrp_instance/state": f"{_ROUTER}test_an_owner_told_to_start_as_backup_waits",
    "/vrrp_instance/priority": f"{_ROUTER}test_the_master_down_time_is_three_intervals_and_the_skew",
    "/vrrp_instance/version": f"{_SETTINGS}test_the_wire_has_seconds_in_v2_and_centiseconds_in_v3",
    "/vrrp_instance/advert_int": f"{_SETTINGS}test_the_wire_has_seconds_in_v2_and_centiseconds_in_v3",
    "/vrrp_instance/authentication": _PASSWORD,
    "/vrrp_instance/authentication/auth_type": _PASSWORD,
    "/vrrp_instance/authentication/auth_pass": _PASSWORD,
    "/vrrp_instance/virtual_ipaddress": _ADDRESSES,
    "/vrrp_instance/virtual_ipaddress/*/dev": _ADDRESSES,
    "/vrrp_instance/virtual_ipaddress/*/brd": _DETAILS,
    "/vrrp_instance/virtual_ipaddress/*/label": _DETAILS,
    "/vrrp_instance/virtual_ipaddress/*/scope": _DETAILS,
    "/vrrp_instance/virtual_ipaddress_excluded": _ADDRESSES,
    "/vrrp_instance/virtual_ipaddress_excluded/*/dev": _ADDRESSES,
    "/vrrp_instance/virtual_ipaddress_excluded/*/brd": _DETAILS,
    "/vrrp_instance/virtual_ipaddress_excluded/*/label": _DETAILS,
    "/vrrp_instance/virtual_ipaddress_excluded/*/scope": _DETAILS,
    "/vrrp_instance/use_vmac": _VMAC_NAME,
    "/vrrp_instance/use_vmac_addr": _VMAC_PLACE,
    "/vrrp_instance/virtual_ipaddress/*/use_vmac": _VMAC_PREFIX,
    "/vrrp_instance/virtual_ipaddress_excluded/*/use_vmac": _VMAC_PREFIX,
    "/vrrp_instance/vmac_xmit_base": f"{_VMAC}test_adverts_leave_from_the_vmac_unless_the_base_is_wished",
    "/vrrp_instance/promote_secondaries": (
        f"{_VMAC}test_promote_secondaries_is_for_the_interface_of_those_without_a_vmac"
    ),
    "/vrrp_instance/accept": _ACCEPT,
    "/vrrp_instance/strict_mode": _ACCEPT,
    "/vrrp_instance/mcast_src_ip": f"{_SETTINGS}test_a_fixed_source_address_is_kept",
    "/vrrp_instance/unicast_peer": f"{_SETTINGS}test_peers_make_a_router_unicast_and_not_that_of_the_group",
    "/vrrp_instance/unicast_peer/*/min_ttl": f"{_VALIDATE}test_a_peer_s_ttl_must_be_within_its_bounds",
    "/vrrp_instance/unicast_peer/*/max_ttl": f"{_VALIDATE}test_a_peer_s_ttl_must_be_within_its_bounds",
    "/vrrp_instance/unicast_src_ip": f"{_SETTINGS}test_peers_make_a_router_unicast_and_not_that_of_the_group",
    "/vrrp_instance/unicast_ttl": "vrrp/test_sending.py::test_the_ttl_of_unicast_is_255_or_what_is_said",
    "/vrrp_instance/unicast_fault_no_peer": f"{_UNICAST}test_one_that_is_told_to_be_in_fault_without_a_peer_is",
    "/vrrp_instance/check_unicast_src": f"{_VALIDATE}test_only_with_check_unicast_src_must_the_sender_be_a_peer",
    "/vrrp_instance/auth_hmac": f"{_HMAC}test_what_one_signs_the_other_accepts_once",
    "/vrrp_instance/auth_hmac/key": f"{_SETTINGS}test_a_key_is_what_is_written_or_in_a_file_in_either_form",
    "/vrrp_instance/auth_hmac/active_key": (
        f"{_HMAC}test_another_key_of_the_same_number_is_refused_and_an_old_one_may_stay_for_a_while"
    ),
    "/vrrp_instance/auth_hmac/time_window": (
        f"{_SETTINGS}test_the_window_of_auth_hmac_is_three_intervals_within_bounds_unless_it_says"
    ),
    "/vrrp_instance/auth_hmac/anti_replay": f"{_HMAC}test_an_old_clock_is_refused_by_time_but_not_by_monotonic",
    "/vrrp_instance/auth_hmac/mode": f"{_HMAC}test_the_modes",
    "/vrrp_instance/mcast_dst_ip": f"{_SETTINGS}test_the_group_is_the_family_s_unless_the_instance_says_another",
    "/vrrp_instance/v3_checksum_as_v2": f"{_VALIDATE}test_with_v3_checksum_as_v2_either_sum_will_do_but_not_any",
    "/vrrp_instance/skip_check_adv_addr": (
        f"{_UNICAST}test_with_skip_check_adv_addr_the_same_master_s_addresses_are_compared_but_once"
    ),
    "/vrrp_instance/owner_ignore_adverts": f"{_VALIDATE}test_an_owner_may_be_told_to_ignore_all_others",
    "/vrrp_instance/down_timer_adverts": f"{_UNICAST}test_the_adverts_that_may_fail_to_come_are_three_or_what_is_said",
    "/vrrp_instance/native_ipv6": f"{_SETTINGS}test_the_family_is_that_of_the_first_address_and_ipv6_is_version_3",
    "/vrrp_instance/timer_expired_backup": (
        "vrrp/test_stall.py::test_a_master_that_slept_gives_way_without_a_word_on_the_wire"
    ),
    "/vrrp_instance/nopreempt": f"{_ROUTER}test_with_nopreempt_a_weaker_master_is_obeyed",
    "/vrrp_instance/preempt_delay": (
        f"{_ROUTER}test_a_preempt_delay_begins_with_the_first_weaker_advert_which_is_obeyed"
    ),
    "/vrrp_instance/garp_master_delay": _GARP,
    "/vrrp_instance/garp_master_repeat": _GARP,
    "/vrrp_instance/garp_master_refresh": _GARP,
    "/vrrp_instance/garp_master_refresh_repeat": _GARP,
    "/vrrp_instance/garp_lower_prio_delay": _GARP,
    "/vrrp_instance/garp_lower_prio_repeat": _GARP,
    "/vrrp_instance/lower_prio_no_advert": _FLAGS,
    "/vrrp_instance/higher_prio_send_advert": (
        f"{_ROUTER}test_a_master_may_be_told_to_send_one_last_advert_before_it_yields"
    ),
    "/vrrp_instance/track_interface": _LINK_FAULT,
    "/vrrp_instance/track_interface/*/weight": _LINK_WEIGHT,
    "/vrrp_instance/track_interface/*/reverse": _LINK_WEIGHT,
    "/vrrp_instance/track_script": _TRACK,
    "/vrrp_instance/track_script/*/weight": _TRACK,
    "/vrrp_instance/track_script/*/reverse": _TRACK,
    "/vrrp_instance/track_script/*/noreverse": _TRACK,
    "/vrrp_instance/notify_master": _NOTIFY,
    "/vrrp_instance/notify_backup": _NOTIFY,
    "/vrrp_instance/notify_fault": _NOTIFY,
    "/vrrp_instance/notify_stop": _NOTIFY,
    "/vrrp_instance/notify": _NOTIFY,
    "/vrrp_instance/notify_deleted": _DELETED,
    "/vrrp_instance/notify_master_rx_lower_pri": (
        "test_notify.py::test_a_weaker_router_calls_its_own_script_alone_and_a_change_of_priority_none"
    ),
    "/vrrp_instance/notify_priority_changes": _TOLD_PRIORITY,
    "/vrrp_sync_group/notify_priority_changes": _TOLD_PRIORITY,
    "/global_defs/vrrp_notify_priority_changes": _TOLD_PRIORITY,
    "/global_defs/fifo_write_vrrp_states_on_reload": (
        "netns/test_fifo.py::test_what_a_reload_deletes_is_told_and_what_stays_is_repeated_when_wished"
    ),
    "/global_defs/notify_fifo": _STORY,
    "/global_defs/vrrp_notify_fifo": _STORY,
    "/global_defs/notify_fifo_script": _READER,
    "/global_defs/vrrp_notify_fifo_script": _READER,
}

_SYNC_GROUP = {
    "/vrrp_sync_group": _TOGETHER,
    "/vrrp_sync_group/group": _TOGETHER,
    "/vrrp_sync_group/track_interface": _SHARED_LINK,
    "/vrrp_sync_group/track_interface/*/weight": _SHARED_LINK,
    "/vrrp_sync_group/track_interface/*/reverse": _LINK_WEIGHT,
    "/vrrp_sync_group/track_script": _SHARED_SCRIPT,
    "/vrrp_sync_group/track_script/*/weight": _TRACK,
    "/vrrp_sync_group/track_script/*/reverse": _TRACK,
    "/vrrp_sync_group/track_script/*/noreverse": _TRACK,
    "/vrrp_sync_group/track_process": _PROCESS_SEEN,
    "/vrrp_sync_group/track_process/*/weight": _PROCESS_WEIGHT,
    "/vrrp_sync_group/track_process/*/reverse": _PROCESS_WEIGHT,
    "/vrrp_sync_group/track_process/*/noreverse": _PROCESS_WEIGHT,
    "/vrrp_sync_group/track_file": _FILE_SEEN,
    "/vrrp_sync_group/track_file/*/weight": _FILE_WEIGHT,
    "/vrrp_sync_group/track_file/*/reverse": _FILE_WEIGHT,
    "/vrrp_sync_group/track_file/*/noreverse": _FILE_WEIGHT,
    "/vrrp_sync_group/notify_master": _GROUP_SCRIPTS,
    "/vrrp_sync_group/notify_backup": _GROUP_SCRIPTS,
    "/vrrp_sync_group/notify_fault": _GROUP_FAULT,
    "/vrrp_sync_group/notify_stop": _GROUP_FAULT,
    "/vrrp_sync_group/notify": _GROUP_SCRIPTS,
    "/vrrp_sync_group/sync_group_tracking_weight": _SHARED_LINK,
}

_VIRTUAL_SERVER = {
    "": f"{_QUORUM}test_golden_trace_a_from_start_to_stop",
    "/protocol": "health/test_names.py::test_a_virtual_server_is_named_by_address_protocol_and_port",
    "/lb_algo": _IN_PLACE,
    "/lb_kind": _TABLES,
    "/delay_loop": _INNERMOST,
    "/connect_timeout": _TIME_LIMIT,
    "/retry": _INNERMOST,
    "/delay_before_retry": _INNERMOST,
    "/warmup": _INNERMOST,
    "/weight": f"{_QUORUM}test_the_weight_of_the_virtual_server_is_that_of_servers_without_one",
    "/alpha": _ALPHA,
    "/omega": f"{_QUORUM}test_without_omega_a_stop_runs_no_script",
    "/inhibit_on_failure": (
        f"{_QUORUM}test_inhibit_on_failure_of_the_virtual_server_holds_for_servers_that_say_nothing"
    ),
    "/quorum": f"{_QUORUM}test_golden_table_14_withdraws_a_healthy_server_when_quorum_is_lost",
    "/hysteresis": f"{_QUORUM}test_hysteresis_delays_the_return_of_quorum",
    "/quorum_up": _SCRIPTS,
    "/quorum_down": _SCRIPTS,
    "/virtualhost": f"{_CHECKER}test_a_web_checker_of_a_server_without_a_host_has_that_of_its_virtual_server",
    "/persistence_timeout": _PERSISTENCE,
    "/persistence_granularity": _PERSISTENCE,
    "/sorry_server": f"{_QUORUM}test_golden_table_14_withdraws_a_healthy_server_when_quorum_is_lost",
    "/sorry_server_inhibit": f"{_QUORUM}test_golden_table_15_keeps_an_inhibited_sorry_server_at_weight_0",
    "/real_server": f"{_QUORUM}test_golden_trace_a_from_start_to_stop",
}

_REAL_SERVER = {
    "/weight": f"{_QUORUM}test_the_weight_of_the_virtual_server_is_that_of_servers_without_one",
    "/lvs_method": _IN_PLACE,
    "/uthreshold": f"{_QUORUM}test_a_reload_applies_new_thresholds",
    "/lthreshold": f"{_IPVS}test_a_destination_is_described_as_keepalived_describes_it",
    "/inhibit_on_failure": f"{_QUORUM}test_golden_table_14_withdraws_a_healthy_server_when_quorum_is_lost",
    "/alpha": _ALPHA,
    "/delay_loop": _INNERMOST,
    "/retry": _INNERMOST,
    "/delay_before_retry": _INNERMOST,
    "/warmup": _INNERMOST,
    "/connect_timeout": _TIME_LIMIT,
    "/virtualhost": f"{_CHECKER}test_a_web_checker_asks_its_urls_in_turn_with_the_host_of_its_server",
    "/notify_up": _SCRIPTS,
    "/notify_down": _SCRIPTS,
    "/TCP_CHECK": "health/checks/test_tcp_check.py::test_a_connection_is_success_and_closed_at_once",
    "/HTTP_GET": f"{_CHECKER}test_a_web_checker_asks_its_urls_in_turn_with_the_host_of_its_server",
    "/HTTP_GET/url": f"{_CHECKER}test_a_web_checker_asks_its_urls_in_turn_with_the_host_of_its_server",
    "/HTTP_GET/url/path": f"{_CHECKER}test_a_web_checker_asks_its_urls_in_turn_with_the_host_of_its_server",
    "/HTTP_GET/url/digest": f"{_HTTP}test_a_digest_is_that_of_the_body",
    "/HTTP_GET/url/status_code": f"{_HTTP}test_only_the_listed_status_codes_will_do",
    "/HTTP_GET/url/virtualhost": f"{_HTTP}test_the_host_is_the_innermost_virtualhost",
    "/HTTP_GET/virtualhost": f"{_HTTP}test_the_host_is_the_innermost_virtualhost",
    "/HTTP_GET/http_protocol": f"{_HTTP}test_the_request_is_keepalived_s_byte_for_byte",
    "/HTTP_GET/fast_recovery": (
        f"{_VERDICT}test_fast_recovery_does_not_wait_between_the_urls_of_the_first_and_the_recovery_pass"
    ),
    "/MISC_CHECK": "health/checks/test_misc_check.py::test_an_attempt_is_one_run_of_the_script_with_its_time_limit",
    "/MISC_CHECK/misc_path": f"{_CHECKER}test_a_script_may_take_its_misc_timeout_or_else_the_delay_loop",
    "/MISC_CHECK/misc_timeout": f"{_CHECKER}test_a_script_may_take_its_misc_timeout_or_else_the_delay_loop",
    "/MISC_CHECK/misc_dynamic": f"{_CHECKER}test_only_a_dynamic_script_changes_the_weight",
    "/MISC_CHECK/user": _OWNER,
}

_TIMING = {
    "/delay_loop": _OWN_WORDS,
    "/retry": _OWN_WORDS,
    "/delay_before_retry": _OWN_WORDS,
    "/warmup": _OWN_WORDS,
    "/alpha": _OWN_WORDS,
    "/log_all_failures": _FAILURES,
}

_CONNECTION = {
    "/connect_ip": _FROM_WHERE,
    "/connect_port": _FROM_WHERE,
    "/bindto": _FROM_WHERE,
    "/bind_port": _FROM_WHERE,
    "/bind_if": _FROM_WHERE,
    "/connect_timeout": _FROM_WHERE,
    "/fwmark": _FROM_WHERE,
}


def _under(block: str, acts: dict[str, str]) -> dict[str, str]:
    return {f"{block}{keyword}": test for keyword, test in acts.items()}


ACTS: dict[str, str] = {
    **_GLOBALS,
    **_PROCESSES,
    **_VRRP,
    **_WAYS,
    **_SYNC_GROUP,
    **_under("/virtual_server", _VIRTUAL_SERVER),
    **_under("/virtual_server/real_server", _REAL_SERVER),
    **_under("/virtual_server/real_server/TCP_CHECK", _TIMING | _CONNECTION),
    **_under("/virtual_server/real_server/HTTP_GET", _TIMING | _CONNECTION),
    **_under("/virtual_server/real_server/MISC_CHECK", _TIMING),
}
"""The path of each keyword that kad acts on, and the test that shows it."""

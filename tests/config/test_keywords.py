"""Every keyword has its places, named as the reference names them."""

from kad.config.fields import LINE
from kad.config.keywords import Place, canonical, is_item, places


def at(path: str) -> Place:
    """The one place of this path."""
    (place,) = [place for place in places() if place.path == path]
    return place


def test_blocks_in_blocks_and_the_options_of_lines_have_paths() -> None:
    assert at("/global_defs").within == "/"
    assert at("/vrrp_instance/priority").within == "/vrrp_instance"
    assert at("/vrrp_instance/virtual_ipaddress/*/dev").words == ("vrrp_instance", "virtual_ipaddress", "dev")
    assert at("/virtual_server/real_server/HTTP_GET/url/path").within == "/virtual_server/real_server/HTTP_GET/url"


def test_a_line_of_a_list_is_a_place_of_its_own() -> None:
    line = at("/vrrp_instance/virtual_ipaddress/*")
    assert (line.name, line.within) == (LINE, "/vrrp_instance/virtual_ipaddress")
    assert line.arguments.startswith("ADDRESS[/LENGTH]")


def test_other_names_are_places_that_say_whose_they_are() -> None:
    assert (at("/virtual_server/lvs_sched").of, at("/virtual_server/lvs_sched").deprecated) == ("lb_algo", False)
    assert at("/virtual_server/real_server/HTTP_GET/nb_get_retry").deprecated
    assert at("/vrrp_instance/preempt").opposite


def test_no_path_is_there_twice() -> None:
    paths = [place.path for place in places()]
    assert sorted(path for path in set(paths) if paths.count(path) > 1) == []


def test_each_declaration_at_a_place_has_one_canonical_name() -> None:
    found = list(canonical())
    assert not any(place.of or is_item(place) for place in found)
    assert len({(place.block, id(place.declaration), place.name) for place in found}) == len(found)


def test_a_default_is_shown_in_the_words_of_the_file() -> None:
    assert at("/vrrp_instance/advert_int").default == "1"
    assert at("/vrrp_instance/virtual_router_id").default == "must be given"
    assert at("/virtual_server/lb_kind").default == "NAT"


def test_a_check_says_what_it_is_for_in_the_first_sentence_of_its_own_declaration() -> None:
    assert at("/virtual_server/real_server/SSL_GET").doc.endswith("answers as expected over TLS.")
    assert at("/virtual_server/real_server").doc == at("/virtual_server/real_server").declaration.doc


def test_a_range_says_that_it_is_the_port_s_where_an_address_stands_before_it() -> None:
    assert at("/virtual_server/sorry_server").extent == "PORT 1..65535"
    assert at("/virtual_server/weight").extent.startswith("1..")


def test_the_header_of_a_block_is_shown_with_what_may_be_left_out() -> None:
    assert at("/virtual_server/real_server").arguments == "ADDRESS [PORT] { ... }"


def test_a_keyword_in_a_block_that_kad_does_not_act_on_does_not_act() -> None:
    inert = {(*place.block, place.name) for place in places() if not place.acts}
    within = [place for place in places() if any(place.block[:depth] in inert for depth in range(1, 9))]
    assert not any(place.acts for place in within)

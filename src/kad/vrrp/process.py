"""The VRRP worker: sockets, netlink and timers around the pure `Node`. Events in, work out; it decides nothing.

Adverts leave at once. What changes the kernel's addresses, and the announcements that must come after it, queue up in
`Kernel` and are done in order by one task, some milliseconds at a time, so that no advert ever waits for them. Long,
because all of the worker's senses and hands share one state.
"""

import asyncio
import errno
import gc
import itertools
import os
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.errors import ExitCode
from kad.ipc import codec
from kad.ipc.messages import (
    ConfigureVrrp,
    Dump,
    Dumped,
    FifoLine,
    Late,
    Message,
    Ready,
    RunnerLost,
    RunScript,
    ScriptExited,
    Stop,
)
from kad.log import DETAIL, logger
from kad.system import clock
from kad.system.channel import Channel
from kad.system.file_watch import FileWatch, initialise
from kad.system.files import read_keys
from kad.system.linkbeat import Linkbeat
from kad.system.netlink import Gone, Interfaces, Netlink, watch
from kad.system.pool import AdvertPool
from kad.system.process_watch import ProcessWatch
from kad.system.routes import Routes, watch_routes
from kad.system.sockets import Arrived, Endpoint, FrameSocket, forwards
from kad.system.worker import Link, run
from kad.units import SECOND, Micros
from kad.vrrp import dumps, firewall
from kad.vrrp.actions import Log, Ways
from kad.vrrp.links import polled
from kad.vrrp.node import Announce, ClearAddresses, Node, Placed, SetAddresses, Transmit, Work
from kad.vrrp.pacing import Pacer, Pacing
from kad.vrrp.packet import Envelope, IPAddress, gratuitous_arp, unsolicited_advertisement
from kad.vrrp.routing import Identity, Routing
from kad.vrrp.settings import Wire, key_paths
from kad.vrrp.statics import Statics
from kad.vrrp.track_file import followed_files
from kad.vrrp.track_process import by_command_line, followed_processes
from kad.vrrp.trackers import Around, FileRead, Observation, ProcessesScanned, ProcessesSeen
from kad.vrrp.upkeep import Upkeep

TITLE = "kad: vrrp"
CAPABILITIES = ("NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE")

STOP_TIME = 4.0
"""Seconds for taking addresses off at the end: the parent kills after five."""

FRAMES = 50
"""Announcements sent between two turns of the loop."""

LOOK_EVERY = 0.01
"""Seconds between two looks at the interfaces while their events pour in; the first is looked at at once."""

REOPEN = 1.0
"""Seconds until sockets that could not be opened are tried again."""

ASK_AGAIN = 5 * SECOND
"""How long it is believed that an interface forwards IPv6, or does not (reference vrrp.md 1.7)."""

log = logger("vrrp")


@dataclass(frozen=True)
class Verify:
    """See whether the addresses that we set on the interface with this index are still there."""

    index: int


@dataclass(frozen=True)
class VerifyWays:
    """See whether these routes and rules of ours are there, and set those that are not."""

    ways: Ways


@dataclass(frozen=True)
class Then:
    """Do something else of the worker's when all that was put before is done."""

    call: Callable[[], Awaitable[None]]


KernelWork = SetAddresses | ClearAddresses | Announce | Verify | VerifyWays | Then


class Kernel:
    """The one task that changes addresses and announces them, in the order in which it is asked to.

    It is asked by interface name, but remembers by index what it set: a renamed interface keeps its addresses.
    """

    def __init__(self, netlink: Netlink, worker: "Worker") -> None:
        self._netlink = netlink
        self._worker = worker
        self._frames = FrameSocket()
        self._routing = Routing(Routes(netlink, self._index_of), log.log)
        self._waiting: deque[KernelWork] = deque()
        self._cleared: dict[str, int] = {}
        self._set: dict[tuple[int, str], tuple[str, VirtualAddress]] = {}
        self._indexes: dict[str, set[int]] = {}
        self._known: dict[str, int] = {}
        self._routers: dict[str, bool] = {}
        self._asked_again: dict[str, Micros] = {}
        self._pacer = Pacer(Pacing(GlobalDefs()))
        self._pace_timer: asyncio.TimerHandle | None = None
        self._wakeup = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, work: KernelWork) -> None:
        """Do this after all that was put before; what a removal makes pointless or stands there already is not done."""
        if isinstance(work, Announce):
            last = itertools.takewhile(lambda item: isinstance(item, Announce), reversed(self._waiting))
            if work in last:
                return
        if isinstance(work, ClearAddresses):
            self._cleared[work.instance] = self._cleared.get(work.instance, 0) + 1
            self._pacer.forget(work.instance)
            self._waiting = deque(
                item for item in self._waiting if not (isinstance(item, Announce) and item.instance == work.instance)
            )
        self._waiting.append(work)
        self._idle.clear()
        self._wakeup.set()

    @property
    def waiting(self) -> int:
        """The pieces of work that are not begun."""
        return len(self._waiting)

    def gone(self, index: int, address: str) -> None:
        """An address is not where it was; if it is one that we set, and did not remove, see what is left."""
        if (index, address) in self._set and Verify(index) not in self._waiting:
            self.put(Verify(index))

    def verify(self) -> None:
        """Events were lost: see whether all that we set is still there."""
        for index in {index for index, _ in self._set}:
            self.put(Verify(index))

    def interface_gone(self, index: int) -> None:
        """With an interface its addresses went."""
        self._set = {key: value for key, value in self._set.items() if key[0] != index}
        for indexes in self._indexes.values():
            indexes.discard(index)

    def ways_changed(self, gone: Identity | None = None) -> None:
        """Somebody removed a route or a rule; None: nobody knows which, if any."""
        self._routing.doubt(gone)

    def look_at_ways(self, up: frozenset[str]) -> None:
        """Interfaces, addresses or routes have changed: set what is lost, or could not be set. `up`: interfaces."""
        if ways := self._routing.due(up):
            self.put(VerifyWays(ways))

    async def settled(self) -> None:
        """Wait until all work is done."""
        await self._idle.wait()

    async def work(self) -> None:
        """Do what is put, for ever."""
        while True:
            self._wakeup.clear()
            while self._waiting:
                await self._do(self._waiting.popleft())
            self._idle.set()
            await self._wakeup.wait()

    def pace(self, pacing: Pacing) -> None:
        """Keep these pauses between announcements from now on."""
        self._pacer.pacing = pacing
        self._send_paced()

    def close(self) -> None:
        """Close the socket."""
        if self._pace_timer is not None:
            self._pace_timer.cancel()
        self._frames.close()

    async def _do(self, work: KernelWork) -> None:
        match work:
            case SetAddresses(closed=closed):
                if closed:
                    await self._worker.upkeep.close_addresses(work)
                await self._change(work, add=True)
                await self._routing.add(work.instance, work.ways)
            case ClearAddresses():
                await self._routing.remove(work.instance, work.ways)
                await self._change(work, add=False)
                await self._worker.upkeep.open_addresses(work)
            case VerifyWays(ways=ways):
                await self._routing.verify(ways)
            case Announce():
                await self._announce(work)
            case Verify(index=index):
                await self._verify(index)
            case Then(call=call):
                await call()
            case _:
                assert_never(work)

    def _index_of(self, name: str) -> int | None:
        """Of an interface that has another name by now, what it was."""
        link = self._worker.interfaces.named(name)
        if link is not None:
            self._known[name] = link.index
        return self._known.get(name)

    async def _change(self, work: SetAddresses | ClearAddresses, *, add: bool) -> None:
        by_interface: dict[str, list[VirtualAddress]] = {}
        for interface, address in work.addresses:
            by_interface.setdefault(interface, []).append(address)
        for interface, addresses in by_interface.items():
            link = self._worker.interfaces.named(interface)
            now = set() if link is None else {link.index}
            if add:
                self._indexes.setdefault(interface, set()).update(now)
            before = set() if add else self._indexes.get(interface, set()) - now
            for index in now:
                await self._change_on(index, interface, addresses, work.instance, add=add)
            for index in before:  # it has another name by now
                left = [address for address in addresses if (index, _text(address)) in self._set]
                await self._change_on(index, interface, left, work.instance, add=False)

    async def _change_on(
        self, index: int, interface: str, addresses: list[VirtualAddress], instance: str, *, add: bool
    ) -> None:
        for address in addresses:
            if add:
                self._set[index, _text(address)] = (interface, address)
            else:
                self._set.pop((index, _text(address)), None)
        change = self._netlink.add if add else self._netlink.remove
        for refused in await change(index, addresses):
            if refused.error == os.strerror(errno.ENODEV):
                continue  # the interface went away in the meantime, and its addresses with it
            self._set.pop((index, _text(refused.address)), None)
            where = f"{_text(refused.address)} dev {interface}"
            who, what = f"({instance}) " if instance else "", "set" if add else "remove"
            log.error("%scan't %s ip address %s: %s", who, what, where, refused.error)

    async def _announce(self, work: Announce) -> None:
        """Rounds over all addresses, not address by address: each is known as early as possible (4.1)."""
        cleared = self._cleared.get(work.instance, 0)
        for interface, address in work.addresses:
            what = "gratuitous ARPs" if address.version == 4 else "Unsolicited Neighbour Adverts"
            log.log(DETAIL, "(%s) Sending/queueing %s on %s for %s", work.instance, what, interface, address)
            if self._pacer.paces(interface, address):
                self._pacer.put(work.instance, interface, address, work.repeat)
        self._send_paced()
        at_once = [one for one in work.addresses if not self._pacer.paces(*one)]
        sent = 0
        for _ in range(work.repeat):
            for interface, address in at_once:
                if self._cleared.get(work.instance, 0) != cleared:
                    return
                self._send_announcement(interface, address)
                sent += 1
                if sent % FRAMES == 0:
                    await asyncio.sleep(0)

    def _send_paced(self) -> None:
        """Send what may go now; the rest waits beside all other work, which it does not hold up."""
        if self._pace_timer is not None:
            self._pace_timer.cancel()
        for interface, address in self._pacer.due(clock.now()):
            self._send_announcement(interface, address)
        at = self._pacer.deadline
        loop = asyncio.get_running_loop()
        self._pace_timer = None if at is None else loop.call_at(clock.seconds(at), self._send_paced)

    def _send_announcement(self, interface: str, address: IPAddress) -> None:
        link = self._worker.interfaces.named(interface)
        if link is None or not link.arp:
            return
        if address.version == 4:
            what, frame = "gratuitous ARP", gratuitous_arp(link.mac, address)
        else:
            what = "unsolicited Neighbour Advert"
            frame = unsolicited_advertisement(link.mac, address, router=self._is_router(interface))
        log.log(DETAIL, "Sending %s on %s for %s", what, interface, address)
        try:
            self._frames.send(interface, frame)
        except OSError as error:
            log.log(DETAIL, "Error sending %s on %s for %s: %s", what, interface, address, error.strerror)

    def _is_router(self, interface: str) -> bool:
        """Asked of the kernel now and then: each burst has many packets, and every advertisement says it."""
        now = clock.now()
        if now >= self._asked_again.get(interface, now):
            self._routers[interface] = forwards(interface)
            self._asked_again[interface] = Micros(now + ASK_AGAIN)
        return self._routers[interface]

    async def _verify(self, index: int) -> None:
        present = await self._netlink.present(index)
        lost = [key for key in self._set if key[0] == index and key[1] not in present]
        # They are not set until they are set again: another look must not find them lost once more.
        addresses = tuple(self._set.pop(key) for key in lost)
        if addresses:
            self._worker.lost(addresses)


class Worker:
    """The worker's senses and hands. `main_loop` returns the exit status."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._node = Node(clock.unix)
        self._netlink = Netlink()
        self._kernel = Kernel(self._netlink, self)
        self.upkeep = Upkeep(self._netlink, self)
        self.interfaces = Interfaces()
        self._indexes: dict[str, int] = {}
        self._wanted: frozenset[str] = frozenset()
        self._pool = AdvertPool(self._readable)
        self._files = FileWatch(lambda path, content: self._observed(FileRead(path, content)))
        self._linkbeat = Linkbeat(self._look_now)
        self._processes = ProcessWatch(
            lambda events: self._observed(ProcessesSeen(events)),
            lambda commands: self._observed(ProcessesScanned(commands)),
        )
        self._send_errors: dict[str, int] = {}
        self._release = True
        self._tolerance: int = SECOND
        self._json_version = 1
        self._timer: asyncio.TimerHandle | None = None
        self._armed: Micros | None = None
        self._look_again: asyncio.TimerHandle | None = None
        self._looked_at = 0.0
        self._reopening: asyncio.TimerHandle | None = None
        self._statics = Statics()
        self._watching_ways: asyncio.Task[None] | None = None
        self._ready = False
        self._stopping = self._releasing = False
        self._ended: asyncio.Future[None] = self._loop.create_future()

    async def main_loop(self) -> int:
        """Work until told to stop; the exit status."""
        await self._netlink.open()
        seen = self._loop.create_future()

        def on_picture(picture: Interfaces) -> None:
            self._see(picture)
            if not seen.done():
                seen.set_result(None)

        watching = asyncio.create_task(watch(self._netlink, on_picture, self._changed))
        working = asyncio.create_task(self._kernel.work())
        for task in (watching, working):
            task.add_done_callback(self._task_ended)
        await asyncio.wait([seen, self._ended], return_when=asyncio.FIRST_COMPLETED)
        self._link.start(self._told, lambda: self._stop(release=self._release))
        try:
            await self._ended
        finally:
            watching.cancel()
            working.cancel()
            if self._watching_ways is not None:
                self._watching_ways.cancel()
            self._close()
        return ExitCode.OK

    # What comes in

    def _told(self, payload: bytes) -> None:
        message = codec.to_vrrp(payload)
        now = clock.now()
        match message:
            case ConfigureVrrp():
                self._configure(message)
            case ScriptExited():
                self._observed(message)
            case RunnerLost():
                self._node.runner_lost(now)
                self._perform([])
            case Dump():
                self._dump(message)
            case Stop(release=release):
                self._stop(release=release)
            case _:
                assert_never(message)

    def _configure(self, share: ConfigureVrrp) -> None:
        """Go by this configuration: at once, or when the interfaces are there that it needs to be made."""
        if self._stopping:
            return
        self.upkeep.configure(share)

    def follow(self, share: ConfigureVrrp) -> None:
        """What this configuration needs is there: go by it."""
        if not self._stopping:
            self._follow(share, clock.now())

    def _follow(self, share: ConfigureVrrp, now: Micros) -> None:
        self._release = share.release
        self._kernel.pace(Pacing(share.global_defs, share.garp_groups))
        self._json_version = share.global_defs.json_version
        self._tolerance = share.global_defs.min_auto_priority_delay
        wanted = frozenset(instance.interface for instance in share.instances)
        self._wanted |= wanted
        self._linkbeat.follow(polled(share))
        self._look(now)
        statics = self._statics.configure(share)
        if not self._ready:
            self._perform([*statics])
        # Those that leave still say so, on the old sockets; the new ones are opened with the first advert, or below.
        self._perform(self._node.configure(share, now, read_keys(key_paths(share.instances)), self._around(share)))
        self._wanted = wanted
        if self._ready:  # after the others' removals
            self._perform([*statics])
        ways = (*share.static_routes, *share.static_rules)
        if self._watching_ways is None and (ways or any(i.virtual_routes or i.virtual_rules for i in share.instances)):
            self._watching_ways = asyncio.create_task(watch_routes(self._netlink, self._ways_changed))
            self._watching_ways.add_done_callback(self._task_ended)
        self._look(now)
        if not self._ready:
            self._ready = True
            self._link.send(codec.encode(Ready()))
            gc.collect()
            gc.freeze()  # what is there by now stays: no collection need look at it again

    def _around(self, share: ConfigureVrrp) -> Around:
        """Watch the files and processes that are followed."""
        files, processes = followed_files(share).values(), followed_processes(share).values()
        if share.first and not self._ready:
            initialise(files)
        contents = self._files.follow(one.file for one in files)
        lines = any(map(by_command_line, processes))
        return Around(contents, self._processes.follow(wanted=bool(processes), lines=lines))

    def _observed(self, what: Observation) -> None:
        self._perform(self._node.observed(what, clock.now()))

    def _dump(self, asked: Dump) -> None:
        offset = clock.unix() - clock.now()
        match asked.kind:
            case "stats":
                text = dumps.stats(self._node)
            case "json":
                text = dumps.as_json(self._node, offset, self._json_version)
            case _:
                text = dumps.state(self._node, offset)
        if asked.clear:
            self._node.clear_counters()
        self._link.send(codec.encode(Dumped(kind=asked.kind, text=text)))

    def _see(self, picture: Interfaces) -> None:
        """A whole new picture: the first one, or one after events were lost."""
        self.interfaces = picture
        self._look(clock.now())
        self._kernel.verify()

    def _changed(self, picture: Interfaces, gone: Gone | None) -> None:
        """One thing changed; many often come at once, and then one look is enough."""
        if gone is not None and gone.index in picture.links:
            self._kernel.gone(gone.index, str(gone.address))
            self._kernel.ways_changed()  # with an address the kernel drops routes, and says nothing of it
        self._look_soon()

    def _ways_changed(self, gone: Identity | None) -> None:
        self._kernel.ways_changed(gone)
        self._look_soon()

    def _look_soon(self) -> None:
        if self._look_again is None:
            self._look_again = self._loop.call_at(self._looked_at + LOOK_EVERY, self._look_now)

    def _look_now(self) -> None:
        self._look(clock.now())

    def _look(self, now: Micros) -> None:
        """Follow the interfaces as they are: sockets first, then what the routers must know."""
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None
        self._looked_at = self._loop.time()
        names = {link.name: link.index for link in self.interfaces.links.values()}
        lost = {name for name, index in self._indexes.items() if names.get(name) != index}
        for index in set(self._indexes.values()) - set(names.values()):  # a renamed one keeps its addresses
            self._kernel.interface_gone(index)
        self._indexes = names
        self._follow_wires()
        if lost:  # also one that is there again under the same name: it is another one
            self._perform(self._node.links_changed(self._up() - lost, now, frozenset(lost)))
        self._perform(self._node.links_changed(self._up(), now))
        addresses = {name: self.interfaces.of(name) for name in self._wanted}
        self._perform(self._node.addresses_changed(addresses, now))
        if self._follow_wires():  # an own address of unicast has changed
            self._perform(self._node.links_changed(self._up(), now))
        up = frozenset(link.name for link in self.interfaces.links.values() if link.up)
        self._perform([*self._statics.links_changed(up)])
        self._kernel.look_at_ways(up)
        self.upkeep.look()

    def send(self, message: Message) -> None:
        """Tell the parent."""
        self._link.send(codec.encode(message))

    def after(self, call: Callable[[], Awaitable[None]]) -> None:
        """Do this when the work on addresses that is asked for by now is done."""
        self._kernel.put(Then(call))

    def closed(self) -> frozenset[tuple[str, IPAddress]]:
        """The addresses of masters that no packets are taken for."""
        return firewall.closed(member.router for member in self._node.members.values())

    def lost(self, addresses: Placed) -> None:
        """Someone else removed these addresses, which we had set."""
        self._perform([*self._statics.lost(addresses)])
        self._perform(self._node.addresses_lost(addresses, clock.now()))

    def _readable(self, endpoint: Endpoint, arrived: list[Arrived]) -> None:
        now, wire = clock.now(), Wire(*endpoint)
        for datagram, header in arrived:
            envelope = None if header is None else Envelope(*header)
            self._perform(self._node.received(wire, datagram, now, envelope))

    def _due(self) -> None:
        late = clock.now() - (self._armed or clock.now())
        if late >= self._tolerance:
            self._link.send(codec.encode(Late(micros=late)), droppable=True)
        self._timer = self._armed = None
        self._perform(self._node.deadline_passed(clock.now()))

    # What goes out

    def _perform(self, work: list[Work]) -> None:
        for item in work:
            match item:
                case Transmit():
                    self._transmit(item)
                case Log(level=level, text=text):
                    log.log(level, text)
                case SetAddresses() | ClearAddresses() | Announce():
                    self._kernel.put(item)
                case RunScript() | FifoLine():
                    self._link.send(codec.encode(item))
                case _:
                    assert_never(item)
        self._rearm()

    def _transmit(self, advert: Transmit) -> None:
        """Send; a failure is no reason to end, and is told when it begins, changes and ends, not each time."""
        wire, index = advert.wire, self._indexes.get(advert.wire.interface)
        code = self._pool.send(Endpoint(*wire), index, advert.copies, (advert.source, advert.ttl))
        if code != self._send_errors.get(advert.instance, 0):
            self._send_errors[advert.instance] = code
            if code:
                log.warning("(%s): send advert error %d (%s)", advert.instance, code, os.strerror(code))
            else:
                log.info("(%s): adverts are sent again", advert.instance)

    def _rearm(self) -> None:
        deadline = self._node.deadline
        if deadline == self._armed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = deadline
        self._timer = None if deadline is None else self._loop.call_at(clock.seconds(deadline), self._due)

    # Sockets

    def _up(self) -> frozenset[str]:
        """The interfaces that can be used: switched on, with a carrier, and where wanted with sockets."""
        up = frozenset(k.name for k in self.interfaces.links.values() if k.up)
        return self._linkbeat.correct(up) - self._pool.unusable

    def _follow_wires(self) -> bool:
        """Have the sockets that the routers need; whether other interfaces than before have all of theirs."""
        before = self._pool.unusable
        heard = self._node.heard
        wires = frozenset(Endpoint(*wire) for wire in self._node.wires)
        self._pool.follow(wires, self._indexes, lambda one: heard(one.interface, one.address.version))
        if self._pool.unusable and self._reopening is None:
            self._reopening = self._loop.call_later(REOPEN, self._reopen)
        return before != self._pool.unusable

    def _reopen(self) -> None:
        self._reopening = None
        self._look(clock.now())

    # The end

    def _stop(self, *, release: bool) -> None:
        """Resign, take the addresses off, tell the scripts; then end."""
        if self._stopping:
            return
        self._stopping, self._releasing = True, release
        self._perform(self._node.stop(clock.now(), release=release))
        self._perform([*self._statics.stop()])
        self._finishing = asyncio.create_task(self._finish())
        self._finishing.add_done_callback(self._task_ended)

    async def _finish(self) -> None:
        try:
            await asyncio.wait_for(self._clear(), STOP_TIME)
        except TimeoutError:
            log.error("not all addresses could be removed in %.0f s", STOP_TIME)
        self._end(None)

    async def _clear(self) -> None:
        """Leave nothing: the addresses first, then what they were on, then the filter, which the last reports need."""
        await self.upkeep.settled()
        await self._kernel.settled()
        if self._releasing:
            self._pool.close()
            await self.upkeep.clear()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    def _close(self) -> None:
        self._pool.close()
        self._files.close()
        self._processes.close()
        self._linkbeat.close()
        self._kernel.close()
        self._netlink.close()


def _text(address: VirtualAddress) -> str:
    return f"{address.address}/{address.prefix}"


def main(channel: Channel) -> int:
    """Run the VRRP routers until the parent says stop, or is gone; the exit status. Hopeless without permission."""

    async def body(link: Link) -> int:
        return await Worker(link).main_loop()

    return run(body, channel)

#!/usr/bin/python3
"""A product in Python, over ctypes: agent.py LIBRARY URL TLS_ROOT LICENSING_ROOT STORE_FOLDER SERIAL TOKEN

The agent runs on the product's own loop, select.poll(). Ends once both features are licensed; a product goes on. Status 0:
both are; 1: something went wrong."""
import ctypes
import select
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p

PRODUCT_TAG = b"regid.2026-01.com.acme-sensors.ACME_T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec"
FEATURES = {
    "analysis": (b"regid.2026-01.com.acme-sensors.ACME_ANALYSIS,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905", 1),
    "channels": (b"regid.2026-01.com.acme-sensors.ACME_CHANNELS,1.0_c07be380-ba38-59a5-82ad-a053532b2f33", 4),
}
EC_P256, REGISTERED, REGISTRATION_FAILED, TAG_AUTHORIZED, REGISTRATION_REASON = 1, 2, 3, 1, 2  # numbers of lictor/agent.h


class Sized(ctypes.Structure):
    """A structure of lictor/agent.h: zero, with its size set."""

    def __init__(self, **fields):
        super().__init__(size=ctypes.sizeof(type(self)), **fields)


class Usage(Sized):
    _fields_ = [("size", c_size_t), ("tag", c_char_p), ("count", c_int64), ("feature_name", c_char_p), ("display_name", c_char_p),
                ("description", c_char_p), ("export_controlled", c_int)]


class Tag(Sized):
    _fields_ = [("size", c_size_t), ("state", c_int), ("count", c_int64)]


class Status(Sized):
    _fields_ = [("size", c_size_t)] + [(name, c_int) for name in (
        "registration", "registration_expired", "authorization", "export_allowed", "store_damaged", "tags_in_use")] + [
        (name, c_int64) for name in ("instance", "registration_expires_at_ms", "next_id_renewal_at_ms")] + [
        (name, c_int) for name in ("last_registration_attempt", "last_id_renewal")] + [(name, c_int64) for name in (
            "last_registration_attempt_at_ms", "last_id_renewal_at_ms", "next_registration_attempt_at_ms", "authorization_since_at_ms",
            "last_authorization_attempt_at_ms", "next_authorization_at_ms", "deadline_at_ms")] + [
        (name, c_int) for name in ("last_authorization_attempt", "evaluation_running")] + [
        (name, c_int64) for name in ("evaluation_left_ms", "store_generation")] + [
        (name, c_int) for name in ("mode", "identity_unsaved")]


class LogLine(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("severity", c_int), ("facility", c_char_p), ("mnemonic", c_char_p), ("text", c_char_p)]


LogReader = ctypes.CFUNCTYPE(None, c_void_p, POINTER(LogLine))


class Wrong(Exception):
    pass


class Lictor:
    """The library; call("agent_ready", agent) is lictor_agent_ready, and raises what it complains of."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        for name in ("last_error", "result_name", "tag_state_name"):
            getattr(self.library, "lictor_" + name).restype = c_char_p
        self.library.lictor_settings_new.restype = c_void_p
        self.library.lictor_agent_next_wakeup_ms.restype = c_int64
        self.library.lictor_agent_next_wakeup_ms.argtypes = self.library.lictor_agent_poll_fd.argtypes = [c_void_p]

    def call(self, name, *arguments):
        result = getattr(self.library, "lictor_" + name)(*arguments)
        if result != 0:
            raise Wrong(f"{name}: {self.library.lictor_result_name(result).decode()}: {self.library.lictor_last_error().decode()}")


def main():
    if len(sys.argv) != 8:
        print(__doc__, file=sys.stderr)
        return 2
    path, url, tls_root, licensing_root, store, serial, token = (argument.encode() for argument in sys.argv[1:])
    lictor = Lictor(path.decode())
    settings, agent = c_void_p(lictor.library.lictor_settings_new()), c_void_p()
    for setter, *values in (("set_manager_url", url), ("add_tls_root_file", tls_root), ("add_licensing_anchor_file", licensing_root),
                            ("set_store_folder", store), ("set_udi", b"ACME-T100", serial), ("set_product_tag", PRODUCT_TAG),
                            ("set_version", b"2.3.0"), ("set_key", EC_P256)):
        lictor.call("settings_" + setter, settings, *values)
    lictor.call("agent_open", settings, byref(agent))
    lictor.call("settings_free", byref(settings))

    log = LogReader(lambda context, line: print(f"{line[0].mnemonic.decode()}: {line[0].text.decode()}"))  # kept until the end
    lictor.call("agent_on_log", agent, log, None)
    for name, (tag, count) in FEATURES.items():
        lictor.call("agent_request", agent, byref(Usage(tag=tag, count=count, feature_name=name.encode())))
    lictor.call("agent_ready", agent)

    def registration():
        status = Status()
        lictor.call("agent_get_status", agent, byref(status))
        return status.registration

    def state(feature):
        tag = Tag()
        lictor.call("agent_get_tag", agent, FEATURES[feature][0], byref(tag))
        return tag.state

    if registration() != REGISTERED:
        lictor.call("agent_register", agent, token, 0)
    poll = select.poll()
    poll.register(lictor.library.lictor_agent_poll_fd(agent), select.POLLIN)
    while any(state(feature) != TAG_AUTHORIZED for feature in FEATURES):
        if registration() == REGISTRATION_FAILED:
            reason = ctypes.create_string_buffer(256)
            lictor.call("agent_get_text", agent, REGISTRATION_REASON, reason, c_size_t(len(reason)), None)
            raise Wrong("the registration failed: " + reason.value.decode(errors="replace"))
        poll.poll(lictor.library.lictor_agent_next_wakeup_ms(agent))
        lictor.call("agent_run_due", agent)
    for feature, (_, count) in FEATURES.items():
        print(f"{feature} x {count}: {lictor.library.lictor_tag_state_name(state(feature)).decode()}")
    lictor.call("agent_close", byref(agent))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(1)

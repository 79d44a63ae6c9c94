#include "licensing/protocol/schemas.hpp"

#include <array>

namespace lictor::protocol {
namespace {

// Unknown members are allowed everywhere: a later version may add some (PRO-1). Optional members may be null, which is
// as good as absent. What a schema cannot say, the codec says (docs/protocol.md lists it).
constexpr std::array kSchemas{
    PublishedSchema{"register-request", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:register-request",
 "title": "Lictor protocol 1: register request",
 "type": "object",
 "required": ["token", "csr", "force", "product_tag", "udis", "software_version", "agent_version"],
 "properties": {
  "token": {"type": "string", "minLength": 1, "maxLength": 255},
  "csr": {
   "type": "string",
   "contentEncoding": "base64",
   "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
   "maxLength": 87384
  },
  "force": {"type": "boolean"},
  "product_tag": {
   "type": "string",
   "maxLength": 255,
   "pattern": "^regid\\.[0-9]{4}-(0[1-9]|1[0-2])\\.[A-Za-z0-9.-]+\\.[A-Za-z0-9_+/-]+,[A-Za-z0-9.]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
  },
  "udis": {
   "type": "array",
   "minItems": 1,
   "maxItems": 16,
   "items": {
    "type": "object",
    "required": ["pid", "sn", "role"],
    "properties": {
     "pid": {"type": "string", "pattern": "^[A-Za-z0-9/_+.=-]{1,64}$"},
     "sn": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
     "role": {"enum": ["Active", "Standby", "Member"]}
    }
   },
   "allOf": [
    {"contains": {"properties": {"role": {"const": "Active"}}}, "minContains": 1, "maxContains": 1},
    {"contains": {"properties": {"role": {"const": "Standby"}}}, "minContains": 0, "maxContains": 1}
   ]
  },
  "software_version": {"type": "string", "maxLength": 1024},
  "agent_version": {"type": "string", "maxLength": 1024},
  "host_name": {"type": ["string", "null"], "maxLength": 1024}
 }
})json"},
    PublishedSchema{"register-answer", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:register-answer",
 "title": "Lictor protocol 1: register answer",
 "type": "object",
 "required": [
  "chain", "account", "instance", "virtual_account", "account_name", "virtual_account_name", "export_allowed",
  "first_authorization_due"
 ],
 "properties": {
  "chain": {
   "type": "array",
   "maxItems": 8,
   "items": {
    "type": "string",
    "contentEncoding": "base64",
    "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
    "maxLength": 87384
   }
  },
  "account": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
  "instance": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
  "virtual_account": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
  "account_name": {"type": "string", "maxLength": 1024},
  "virtual_account_name": {"type": "string", "maxLength": 1024},
  "export_allowed": {"type": "boolean"},
  "first_authorization_due": {
   "type": "integer",
   "minimum": 0,
   "description": "milliseconds since 1970-01-01T00:00:00Z",
   "maximum": 253402300799999
  }
 }
})json"},
    PublishedSchema{"authorize-request", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:authorize-request",
 "title": "Lictor protocol 1: authorize request",
 "type": "object",
 "required": [
  "udis", "software_version", "agent_version", "usage", "virtual_account", "generation", "evaluation_used",
  "trust_version"
 ],
 "properties": {
  "udis": {
   "type": "array",
   "minItems": 1,
   "maxItems": 16,
   "items": {
    "type": "object",
    "required": ["pid", "sn", "role"],
    "properties": {
     "pid": {"type": "string", "pattern": "^[A-Za-z0-9/_+.=-]{1,64}$"},
     "sn": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
     "role": {"enum": ["Active", "Standby", "Member"]}
    }
   },
   "allOf": [
    {"contains": {"properties": {"role": {"const": "Active"}}}, "minContains": 1, "maxContains": 1},
    {"contains": {"properties": {"role": {"const": "Standby"}}}, "minContains": 0, "maxContains": 1}
   ]
  },
  "software_version": {"type": "string", "maxLength": 1024},
  "agent_version": {"type": "string", "maxLength": 1024},
  "usage": {
   "type": "array",
   "maxItems": 256,
   "items": {
    "type": "object",
    "required": ["tag", "count", "feature_name", "display_name", "description", "export_controlled"],
    "properties": {
     "tag": {
      "type": "string",
      "maxLength": 255,
      "pattern": "^regid\\.[0-9]{4}-(0[1-9]|1[0-2])\\.[A-Za-z0-9.-]+\\.[A-Za-z0-9_+/-]+,[A-Za-z0-9.]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
     },
     "count": {"type": "integer", "minimum": 1, "maximum": 1000000000},
     "feature_name": {"type": "string", "maxLength": 1024},
     "display_name": {"type": "string", "maxLength": 1024},
     "description": {"type": "string", "maxLength": 1024},
     "export_controlled": {"type": "boolean"}
    }
   }
  },
  "virtual_account": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
  "generation": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
  "evaluation_used": {"type": "integer", "minimum": 0, "description": "seconds", "maximum": 12648960000},
  "trust_version": {"type": "integer", "minimum": 0, "maximum": 1000000},
  "host_name": {"type": ["string", "null"], "maxLength": 1024},
  "incarnation_seen": {"type": ["string", "null"], "pattern": "^[0-9a-f]{32}$"}
 }
})json"},
    PublishedSchema{"authorize-answer", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:authorize-answer",
 "title": "Lictor protocol 1: authorize answer",
 "type": "object",
 "required": [
  "tags", "status", "next_interval", "deadline", "virtual_account", "account_name", "virtual_account_name",
  "export_allowed"
 ],
 "properties": {
  "tags": {
   "type": "array",
   "maxItems": 256,
   "items": {
    "type": "object",
    "required": ["tag", "status", "count"],
    "properties": {
     "tag": {
      "type": "string",
      "maxLength": 255,
      "pattern": "^regid\\.[0-9]{4}-(0[1-9]|1[0-2])\\.[A-Za-z0-9.-]+\\.[A-Za-z0-9_+/-]+,[A-Za-z0-9.]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
     },
     "status": {"enum": ["authorized", "out-of-compliance", "invalid-tag"]},
     "count": {"type": "integer", "minimum": 0, "maximum": 1000000000}
    }
   }
  },
  "status": {"enum": ["in-compliance", "out-of-compliance"]},
  "next_interval": {"type": "integer", "minimum": 0, "description": "seconds", "maximum": 12648960000},
  "deadline": {
   "type": "integer",
   "minimum": 0,
   "description": "milliseconds since 1970-01-01T00:00:00Z",
   "maximum": 253402300799999
  },
  "virtual_account": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
  "account_name": {"type": "string", "maxLength": 1024},
  "virtual_account_name": {"type": "string", "maxLength": 1024},
  "export_allowed": {"type": "boolean"}
 }
})json"},
    PublishedSchema{"renew-id-request", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:renew-id-request",
 "title": "Lictor protocol 1: renew id request",
 "type": "object",
 "required": ["csr"],
 "properties": {
  "csr": {
   "type": "string",
   "contentEncoding": "base64",
   "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
   "maxLength": 87384
  }
 }
})json"},
    PublishedSchema{"renew-id-answer", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:renew-id-answer",
 "title": "Lictor protocol 1: renew id answer",
 "type": "object",
 "required": ["chain"],
 "properties": {
  "chain": {
   "type": "array",
   "maxItems": 8,
   "items": {
    "type": "string",
    "contentEncoding": "base64",
    "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
    "maxLength": 87384
   }
  }
 }
})json"},
    PublishedSchema{"deregister-request", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:deregister-request",
 "title": "Lictor protocol 1: deregister request",
 "type": "object",
 "required": [],
 "properties": {"reason": {"type": ["string", "null"], "maxLength": 1024}}
})json"},
    PublishedSchema{"deregister-answer", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:deregister-answer",
 "title": "Lictor protocol 1: deregister answer",
 "type": "object",
 "required": [],
 "properties": {}
})json"},
    PublishedSchema{"poll-request", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:poll-request",
 "title": "Lictor protocol 1: poll request",
 "type": "object",
 "required": ["asked_for"],
 "properties": {"asked_for": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}
})json"},
    PublishedSchema{"poll-answer", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:poll-answer",
 "title": "Lictor protocol 1: poll answer",
 "oneOf": [
  {
   "type": "object",
   "required": ["pending", "interval"],
   "properties": {
    "pending": {"const": true},
    "interval": {"type": "integer", "minimum": 0, "description": "seconds", "maximum": 12648960000}
   }
  },
  {
   "type": "object",
   "required": ["pending", "type", "payload"],
   "properties": {
    "pending": {"const": false},
    "type": {"enum": ["register", "authorize", "renew-id", "deregister"]},
    "payload": {"type": "string", "maxLength": 3145728}
   }
  }
 ]
})json"},
    PublishedSchema{"trust-request", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:trust-request",
 "title": "Lictor protocol 1: trust request",
 "type": "object",
 "required": ["version_held"],
 "properties": {"version_held": {"type": "integer", "minimum": 0, "maximum": 1000000}}
})json"},
    PublishedSchema{"trust-answer", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:trust-answer",
 "title": "Lictor protocol 1: trust answer",
 "type": "object",
 "required": ["bundles"],
 "properties": {
  "bundles": {
   "type": "array",
   "maxItems": 64,
   "items": {
    "type": "object",
    "required": ["version", "anchors", "signed_by_previous", "signed_by_new"],
    "properties": {
     "version": {"type": "integer", "minimum": 1, "maximum": 1000000},
     "anchors": {
      "type": "array",
      "maxItems": 16,
      "items": {
       "type": "string",
       "contentEncoding": "base64",
       "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
       "maxLength": 87384
      }
     },
     "signed_by_previous": {"type": "string", "maxLength": 65536},
     "signed_by_new": {"type": "string", "maxLength": 65536}
    }
   }
  }
 }
})json"},
    PublishedSchema{"refusal", R"json({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "$id": "lictor:refusal",
 "title": "Lictor protocol 1: refusal",
 "type": "object",
 "required": ["error"],
 "properties": {
  "error": {
   "type": "object",
   "required": ["code", "reason"],
   "properties": {
    "code": {
     "enum": [
      "LS_BUSY", "LS_CLOCK_OFFSET", "LS_PENDING", "LS_ALREADY_REGISTERED", "LS_TOKEN_UNKNOWN", "LS_TOKEN_EXPIRED",
      "LS_TOKEN_USED_UP", "LS_TOKEN_REVOKED", "LS_EXPORT_NOT_ALLOWED", "LS_VERSION_UNSUPPORTED",
      "LS_PRODUCT_UNKNOWN", "LS_INVALID_DATA", "LS_SEQUENCE_BEHIND", "LS_REQUEST_REUSED", "LS_NOT_REGISTERED",
      "LS_MALFORMED", "LS_TOO_LARGE", "LS_UNSUPPORTED_TYPE"
     ]
    },
    "reason": {"type": "string", "maxLength": 4096},
    "last_sequence": {"type": ["integer", "null"], "minimum": 0, "maximum": 9007199254740991},
    "retry_after": {"type": ["integer", "null"], "minimum": 0, "description": "seconds", "maximum": 12648960000}
   }
  }
 }
})json"},
};

}  // namespace

std::span<const PublishedSchema> published_schemas() {
  return kSchemas;
}

}  // namespace lictor::protocol

// Written by core/tests/contract.rs with UPDATE_SNAPSHOTS=1; never edited.
import type { Start, Rules, Guide, RequestDraft, AttachmentDraft, Input, Fault, FaultKind, State, Timeliness, Solicitation, TaskStatus, Variant, Report, Explanation, RefusalKind, HttpRequest, Translation, HttpResponse, Effect, Phase, Update, View, Snapshot, Restored, ContentInput, ContentLimits, ContentEffect } from "fhir-solicit";

export const starts = [
  {
    "actor": "requester",
    "request": "{\"resourceType\":\"CommunicationRequest\",\"status\":\"draft\",\"sender\":{\"display\":\"x\"}}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "variant": "with-task"
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "payer": {
      "idempotent": true,
      "limit": 1000000
    },
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "inbox",
    "cadence": {
      "cadence": "cdex"
    },
    "owner": "Organization/1",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "inbox",
    "communications": true,
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "information-recipient",
    "arrived": "{\"resourceType\":\"Communication\",\"id\":\"1\"}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "inbox",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir"
    }
  },
  {
    "actor": "requester",
    "cadence": {
      "cadence": "hrex"
    },
    "recipients": [
      {
        "owner": {
          "display": "x",
          "reference": "Organization/1"
        },
        "server": "partner"
      },
      {
        "server": "third"
      }
    ],
    "request": "{\"resourceType\":\"CommunicationRequest\",\"status\":\"draft\",\"sender\":{\"display\":\"x\"}}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "variant": "without-task"
  },
  {
    "actor": "requester",
    "cadence": {
      "cadence": "hrex",
      "urgent": true
    },
    "recipients": [
      {
        "owner": {
          "display": "x",
          "reference": "Organization/1"
        },
        "server": "partner"
      },
      {
        "server": "third"
      }
    ],
    "request": "{\"resourceType\":\"CommunicationRequest\",\"status\":\"draft\",\"sender\":{\"display\":\"x\"}}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "variant": "without-task"
  },
  {
    "actor": "requester",
    "cadence": {
      "cadence": "custom",
      "seconds": 90
    },
    "recipients": [
      {
        "owner": {
          "display": "x",
          "reference": "Organization/1"
        },
        "server": "partner"
      },
      {
        "server": "third"
      }
    ],
    "request": "{\"resourceType\":\"CommunicationRequest\",\"status\":\"draft\",\"sender\":{\"display\":\"x\"}}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "variant": "without-task"
  },
  {
    "actor": "requester",
    "cadence": {
      "cadence": "custom",
      "seconds": 1,
      "unsafeBelowMinute": true
    },
    "recipients": [
      {
        "owner": {
          "display": "x",
          "reference": "Organization/1"
        },
        "server": "partner"
      },
      {
        "server": "third"
      }
    ],
    "request": "{\"resourceType\":\"CommunicationRequest\",\"status\":\"draft\",\"sender\":{\"display\":\"x\"}}",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "variant": "without-task"
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "guide": "r4",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "guide": "cdex-2019",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "guide": "hrex-1.1",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "guide": "cdex-2.1.0",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "responder",
    "arrived": "{\"resourceType\":\"Task\",\"id\":\"1\",\"status\":\"requested\"}",
    "guide": "cdex-ci",
    "seed": "0123456789abcdef0123456789abcdef",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    }
  },
  {
    "actor": "subscriber",
    "seed": "0123456789abcdef0123456789abcdef",
    "server": "home",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "subscription": {
      "channel": {
        "type": "websocket"
      }
    }
  },
  {
    "actor": "subscriber",
    "seed": "0123456789abcdef0123456789abcdef",
    "server": "home",
    "servers": {
      "home": "https://a.example/fhir",
      "partner": "https://b.example/fhir",
      "third": "https://c.example"
    },
    "subscription": {
      "channel": {
        "endpoint": "https://relay.example/in",
        "header": [
          "X-A: b"
        ],
        "type": "rest-hook"
      },
      "content": "empty",
      "end": "2026-01-01T00:00:00.000Z",
      "filters": [
        {
          "parameter": "owner",
          "value": "x"
        }
      ],
      "heartbeat": 60,
      "maxCount": 20,
      "timeout": 10,
      "topic": "https://t.example/topic"
    },
    "unadvertised": true
  }
] satisfies Start[];

export const rules = [
  {
    "ask": {
      "by": "focus",
      "code": {
        "code": "fulfill",
        "system": "http://hl7.org/fhir/CodeSystem/task-code"
      }
    },
    "cancel": "task",
    "clearStale": true,
    "communication": {
      "codes": [
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "responder",
          "to": [
            "preparation",
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "preparation"
          ],
          "to": [
            "in-progress",
            "not-done",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "stopped",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "on-hold"
          ],
          "to": [
            "in-progress",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "caution": "a Communication is usually first stored when it has been sent, or will not be",
          "to": [
            "completed",
            "not-done"
          ]
        }
      ]
    },
    "communicationRequest": {
      "codes": [
        "draft",
        "active",
        "on-hold",
        "revoked",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft",
            "active"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "active"
          ],
          "to": [
            "on-hold",
            "completed",
            "revoked",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "on-hold"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "caution": "the picture lets a suspended request only resume; revoking it is safe",
          "from": [
            "on-hold"
          ],
          "to": [
            "revoked"
          ]
        },
        {
          "by": "requester",
          "caution": "a draft that is given up is revoked rather than deleted",
          "from": [
            "draft"
          ],
          "to": [
            "revoked"
          ]
        }
      ]
    },
    "guide": "r4",
    "outputRequired": [],
    "reasonRequired": [],
    "reasonText": false,
    "task": {
      "codes": [
        "draft",
        "requested",
        "received",
        "accepted",
        "rejected",
        "ready",
        "cancelled",
        "in-progress",
        "on-hold",
        "failed",
        "completed",
        "entered-in-error"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "requested",
            "cancelled"
          ]
        },
        {
          "by": "responder",
          "from": [
            "draft"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "responder",
          "from": [
            "requested"
          ],
          "to": [
            "received",
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "received"
          ],
          "to": [
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "accepted",
            "ready",
            "on-hold"
          ],
          "to": [
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "failed"
          ]
        },
        {
          "by": "requester",
          "from": [
            "requested",
            "received",
            "accepted",
            "ready"
          ],
          "to": [
            "cancelled"
          ]
        },
        {
          "by": "requester",
          "caution": "a Task that others see may begin as requested, its draft never stored",
          "to": [
            "requested"
          ]
        },
        {
          "by": "requester",
          "caution": "work that has begun may already have had effects when it is cancelled",
          "from": [
            "in-progress",
            "on-hold"
          ],
          "to": [
            "cancelled"
          ]
        },
        {
          "by": "responder",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "draft",
            "ready"
          ],
          "to": [
            "on-hold"
          ]
        },
        {
          "by": "requester",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "on-hold"
          ],
          "to": [
            "draft"
          ]
        },
        {
          "by": "responder",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "on-hold"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "responder",
          "caution": "going back from in-progress to ready gives up what was begun",
          "from": [
            "in-progress"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "requester",
          "caution": "entered-in-error withdraws the Task from the record",
          "from": [
            "draft",
            "requested",
            "received",
            "accepted",
            "ready",
            "in-progress",
            "on-hold"
          ],
          "to": [
            "entered-in-error"
          ]
        }
      ]
    },
    "title": "FHIR R4 4.0.1",
    "unstable": false
  },
  {
    "ask": {
      "by": "focus",
      "code": {
        "code": "fulfill",
        "system": "http://hl7.org/fhir/CodeSystem/task-code"
      }
    },
    "cancel": "task",
    "clearStale": false,
    "communication": {
      "codes": [
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "responder",
          "to": [
            "preparation",
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "preparation"
          ],
          "to": [
            "in-progress",
            "not-done",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "stopped",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "on-hold"
          ],
          "to": [
            "in-progress",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "caution": "a Communication is usually first stored when it has been sent, or will not be",
          "to": [
            "completed",
            "not-done"
          ]
        }
      ]
    },
    "communicationRequest": {
      "codes": [
        "draft",
        "active",
        "on-hold",
        "revoked",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft",
            "active"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "active"
          ],
          "to": [
            "on-hold",
            "completed",
            "revoked",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "on-hold"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "caution": "the picture lets a suspended request only resume; revoking it is safe",
          "from": [
            "on-hold"
          ],
          "to": [
            "revoked"
          ]
        },
        {
          "by": "requester",
          "caution": "a draft that is given up is revoked rather than deleted",
          "from": [
            "draft"
          ],
          "to": [
            "revoked"
          ]
        }
      ]
    },
    "guide": "cdex-2019",
    "outputRequired": [],
    "reasonRequired": [],
    "reasonText": false,
    "task": {
      "codes": [
        "draft",
        "requested",
        "received",
        "accepted",
        "rejected",
        "ready",
        "cancelled",
        "in-progress",
        "on-hold",
        "failed",
        "completed",
        "entered-in-error"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "requested",
            "cancelled"
          ]
        },
        {
          "by": "responder",
          "from": [
            "draft"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "responder",
          "from": [
            "requested"
          ],
          "to": [
            "received",
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "received"
          ],
          "to": [
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "accepted",
            "ready",
            "on-hold"
          ],
          "to": [
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "failed"
          ]
        },
        {
          "by": "requester",
          "from": [
            "requested",
            "received",
            "accepted",
            "ready"
          ],
          "to": [
            "cancelled"
          ]
        },
        {
          "by": "requester",
          "caution": "a Task that others see may begin as requested, its draft never stored",
          "to": [
            "requested"
          ]
        },
        {
          "by": "requester",
          "caution": "work that has begun may already have had effects when it is cancelled",
          "from": [
            "in-progress",
            "on-hold"
          ],
          "to": [
            "cancelled"
          ]
        },
        {
          "by": "responder",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "draft",
            "ready"
          ],
          "to": [
            "on-hold"
          ]
        },
        {
          "by": "requester",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "on-hold"
          ],
          "to": [
            "draft"
          ]
        },
        {
          "by": "responder",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "on-hold"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "responder",
          "caution": "going back from in-progress to ready gives up what was begun",
          "from": [
            "in-progress"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "requester",
          "caution": "entered-in-error withdraws the Task from the record",
          "from": [
            "draft",
            "requested",
            "received",
            "accepted",
            "ready",
            "in-progress",
            "on-hold"
          ],
          "to": [
            "entered-in-error"
          ]
        }
      ]
    },
    "title": "Da Vinci CDex 0.1.0 (2019 ballot)",
    "unstable": false
  },
  {
    "ask": {
      "by": "input",
      "output": {
        "code": "data-value",
        "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
      },
      "slots": [
        {
          "code": {
            "code": "data-request",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "empty": "completed",
          "type": {
            "code": "data-query",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "way": "query"
        },
        {
          "code": {
            "code": "data-request",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "empty": "failed",
          "type": {
            "code": "data-code",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "way": "code"
        }
      ]
    },
    "cancel": "request",
    "clearStale": false,
    "communication": {
      "codes": [
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "responder",
          "to": [
            "preparation",
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "preparation"
          ],
          "to": [
            "in-progress",
            "not-done",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "stopped",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "on-hold"
          ],
          "to": [
            "in-progress",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "caution": "a Communication is usually first stored when it has been sent, or will not be",
          "to": [
            "completed",
            "not-done"
          ]
        }
      ]
    },
    "communicationRequest": {
      "codes": [
        "draft",
        "active",
        "on-hold",
        "revoked",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft",
            "active"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "active"
          ],
          "to": [
            "on-hold",
            "completed",
            "revoked",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "on-hold"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "caution": "the picture lets a suspended request only resume; revoking it is safe",
          "from": [
            "on-hold"
          ],
          "to": [
            "revoked"
          ]
        },
        {
          "by": "requester",
          "caution": "a draft that is given up is revoked rather than deleted",
          "from": [
            "draft"
          ],
          "to": [
            "revoked"
          ]
        }
      ]
    },
    "guide": "hrex-1.1",
    "outputRequired": [
      "completed"
    ],
    "reasonRequired": [
      "rejected",
      "failed"
    ],
    "reasonText": true,
    "task": {
      "codes": [
        "requested",
        "accepted",
        "rejected",
        "in-progress",
        "on-hold",
        "failed",
        "completed"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "requested"
          ]
        },
        {
          "by": "responder",
          "from": [
            "requested"
          ],
          "to": [
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "accepted",
            "on-hold"
          ],
          "to": [
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "failed",
            "completed"
          ]
        }
      ]
    },
    "title": "Da Vinci HRex 1.1.0",
    "unstable": false
  },
  {
    "ask": {
      "beside": {
        "purposeOfUse": {
          "code": "purpose-of-use",
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        },
        "purposes": [
          {
            "codes": [
              "COVERAGE",
              "CLMATTCH",
              "COVAUTH",
              "HQUALIMP",
              "HDM",
              "COC",
              "TREAT"
            ],
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason"
          },
          {
            "codes": [
              "care-planning",
              "social-risk",
              "payment-noe",
              "operations-noe",
              "treatment-noe"
            ],
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          }
        ],
        "signature": {
          "code": "signature-flag",
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        },
        "unspecific": {
          "codes": [
            "payment-noe",
            "operations-noe",
            "treatment-noe"
          ],
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        },
        "workQueues": {
          "codes": [
            "claims-processing",
            "preauth-processing",
            "risk-adjustment",
            "quality-metrics",
            "referral",
            "social-care",
            "authorization-other",
            "care-coordination",
            "documentation-general",
            "orders",
            "patient-status",
            "signature"
          ],
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        }
      },
      "by": "input",
      "output": {
        "code": "data-value",
        "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
      },
      "slots": [
        {
          "code": {
            "code": "data-request-query",
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          },
          "empty": "failed",
          "type": {
            "code": "data-query",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "way": "query"
        },
        {
          "code": {
            "code": "data-request-code",
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          },
          "empty": "failed",
          "type": {
            "code": "data-code",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "way": "code"
        },
        {
          "code": {
            "code": "data-request-questionnaire",
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          },
          "output": {
            "code": "questionnaire-response",
            "system": "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
          },
          "type": {
            "code": "questionnaire",
            "system": "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
          },
          "way": "questionnaire"
        }
      ]
    },
    "attachment": {
      "dated": [
        "claim"
      ],
      "lineNumber": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-paLineNumber",
      "multipleSubmits": {
        "code": "multiple-submits-flag",
        "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
      },
      "payerUrl": {
        "code": "payer-url",
        "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
      },
      "serviceDate": {
        "code": "service-date",
        "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
      },
      "slots": [
        {
          "code": {
            "code": "attachment-request-code",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "type": {
            "code": "attachments-needed",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "way": "code"
        },
        {
          "code": {
            "code": "attachment-request-questionnaire",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "type": {
            "code": "questionnaire-context",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "way": "questionnaire"
        }
      ],
      "trackingId": {
        "code": "tracking-id",
        "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
      },
      "uses": {
        "codes": [
          "claim",
          "preauthorization"
        ],
        "system": "http://hl7.org/fhir/claim-use"
      }
    },
    "cancel": "request",
    "clearStale": false,
    "communication": {
      "codes": [
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "responder",
          "to": [
            "preparation",
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "preparation"
          ],
          "to": [
            "in-progress",
            "not-done",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "stopped",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "on-hold"
          ],
          "to": [
            "in-progress",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "caution": "a Communication is usually first stored when it has been sent, or will not be",
          "to": [
            "completed",
            "not-done"
          ]
        }
      ]
    },
    "communicationRequest": {
      "codes": [
        "draft",
        "active",
        "on-hold",
        "revoked",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft",
            "active"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "active"
          ],
          "to": [
            "on-hold",
            "completed",
            "revoked",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "on-hold"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "caution": "the picture lets a suspended request only resume; revoking it is safe",
          "from": [
            "on-hold"
          ],
          "to": [
            "revoked"
          ]
        },
        {
          "by": "requester",
          "caution": "a draft that is given up is revoked rather than deleted",
          "from": [
            "draft"
          ],
          "to": [
            "revoked"
          ]
        }
      ]
    },
    "guide": "cdex-2.1.0",
    "outputRequired": [
      "completed"
    ],
    "reasonRequired": [
      "rejected",
      "failed"
    ],
    "reasonText": true,
    "task": {
      "codes": [
        "requested",
        "accepted",
        "rejected",
        "in-progress",
        "on-hold",
        "failed",
        "completed"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "requested"
          ]
        },
        {
          "by": "responder",
          "from": [
            "requested"
          ],
          "to": [
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "accepted",
            "on-hold"
          ],
          "to": [
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "failed",
            "completed"
          ]
        }
      ]
    },
    "title": "Da Vinci CDex 2.1.0",
    "unstable": false
  },
  {
    "adminRefNumber": {
      "code": "admin-ref-number",
      "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
    },
    "ask": {
      "beside": {
        "purposeOfUse": {
          "code": "purpose-of-use",
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        },
        "purposes": [
          {
            "codes": [
              "COVERAGE",
              "CLMATTCH",
              "COVAUTH",
              "HQUALIMP",
              "HDM",
              "COC",
              "TREAT"
            ],
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason"
          },
          {
            "codes": [
              "care-planning",
              "social-risk",
              "payment-noe",
              "operations-noe",
              "treatment-noe"
            ],
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          }
        ],
        "signature": {
          "code": "signature-flag",
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        },
        "unspecific": {
          "codes": [
            "payment-noe",
            "operations-noe",
            "treatment-noe"
          ],
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        },
        "workQueues": {
          "codes": [
            "claims-processing",
            "preauth-processing",
            "risk-adjustment",
            "quality-metrics",
            "referral",
            "social-care",
            "authorization-other",
            "care-coordination",
            "documentation-general",
            "orders",
            "patient-status",
            "signature"
          ],
          "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
        }
      },
      "by": "input",
      "output": {
        "code": "data-value",
        "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
      },
      "slots": [
        {
          "code": {
            "code": "data-request-query",
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          },
          "empty": "failed",
          "type": {
            "code": "data-query",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "way": "query"
        },
        {
          "code": {
            "code": "data-request-code",
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          },
          "empty": "failed",
          "type": {
            "code": "data-code",
            "system": "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
          },
          "way": "code"
        },
        {
          "code": {
            "code": "data-request-questionnaire",
            "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
          },
          "output": {
            "code": "questionnaire-response",
            "system": "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
          },
          "type": {
            "code": "questionnaire",
            "system": "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
          },
          "way": "questionnaire"
        }
      ]
    },
    "attachment": {
      "dated": [
        "claim"
      ],
      "lineNumber": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-paLineNumber",
      "multipleSubmits": {
        "code": "multiple-submits-flag",
        "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
      },
      "payerUrl": {
        "code": "payer-url",
        "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
      },
      "serviceDate": {
        "code": "service-date",
        "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
      },
      "slots": [
        {
          "code": {
            "code": "attachment-request-code",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "type": {
            "code": "attachments-needed",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "way": "code"
        },
        {
          "code": {
            "code": "attachment-request-questionnaire",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "type": {
            "code": "questionnaire-context",
            "system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
          },
          "way": "questionnaire"
        }
      ],
      "trackingId": {
        "code": "tracking-id",
        "system": "http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp"
      },
      "uses": {
        "codes": [
          "claim",
          "preauthorization"
        ],
        "system": "http://hl7.org/fhir/claim-use"
      }
    },
    "cancel": "request",
    "clearStale": false,
    "communication": {
      "codes": [
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "responder",
          "to": [
            "preparation",
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "preparation"
          ],
          "to": [
            "in-progress",
            "not-done",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "stopped",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "on-hold"
          ],
          "to": [
            "in-progress",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "caution": "a Communication is usually first stored when it has been sent, or will not be",
          "to": [
            "completed",
            "not-done"
          ]
        }
      ]
    },
    "communicationRequest": {
      "codes": [
        "draft",
        "active",
        "on-hold",
        "revoked",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft",
            "active"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "active"
          ],
          "to": [
            "on-hold",
            "completed",
            "revoked",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "on-hold"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "caution": "the picture lets a suspended request only resume; revoking it is safe",
          "from": [
            "on-hold"
          ],
          "to": [
            "revoked"
          ]
        },
        {
          "by": "requester",
          "caution": "a draft that is given up is revoked rather than deleted",
          "from": [
            "draft"
          ],
          "to": [
            "revoked"
          ]
        }
      ]
    },
    "guide": "cdex-ci",
    "outputRequired": [
      "completed"
    ],
    "reasonRequired": [
      "rejected",
      "failed"
    ],
    "reasonText": true,
    "task": {
      "codes": [
        "requested",
        "accepted",
        "rejected",
        "in-progress",
        "on-hold",
        "failed",
        "completed"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "requested"
          ]
        },
        {
          "by": "responder",
          "from": [
            "requested"
          ],
          "to": [
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "accepted",
            "on-hold"
          ],
          "to": [
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "failed",
            "completed"
          ]
        }
      ]
    },
    "title": "Da Vinci CDex, continuous build towards 3.0",
    "unstable": true
  }
] satisfies Rules[];

export const guides = [
  {
    "extends": "cdex-2.1.0",
    "guide": "own",
    "title": "x",
    "unstable": true
  },
  {
    "ask": {
      "by": "focus",
      "code": {
        "code": "fulfill",
        "system": "http://hl7.org/fhir/CodeSystem/task-code"
      }
    },
    "cancel": "task",
    "clearStale": true,
    "communication": {
      "codes": [
        "preparation",
        "in-progress",
        "not-done",
        "on-hold",
        "stopped",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "responder",
          "to": [
            "preparation",
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "preparation"
          ],
          "to": [
            "in-progress",
            "not-done",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "stopped",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "from": [
            "on-hold"
          ],
          "to": [
            "in-progress",
            "entered-in-error"
          ]
        },
        {
          "by": "responder",
          "caution": "a Communication is usually first stored when it has been sent, or will not be",
          "to": [
            "completed",
            "not-done"
          ]
        }
      ]
    },
    "communicationRequest": {
      "codes": [
        "draft",
        "active",
        "on-hold",
        "revoked",
        "completed",
        "entered-in-error",
        "unknown"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft",
            "active"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "active"
          ],
          "to": [
            "on-hold",
            "completed",
            "revoked",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "from": [
            "on-hold"
          ],
          "to": [
            "active",
            "entered-in-error"
          ]
        },
        {
          "by": "requester",
          "caution": "the picture lets a suspended request only resume; revoking it is safe",
          "from": [
            "on-hold"
          ],
          "to": [
            "revoked"
          ]
        },
        {
          "by": "requester",
          "caution": "a draft that is given up is revoked rather than deleted",
          "from": [
            "draft"
          ],
          "to": [
            "revoked"
          ]
        }
      ]
    },
    "guide": "r4",
    "outputRequired": [],
    "reasonRequired": [],
    "reasonText": false,
    "task": {
      "codes": [
        "draft",
        "requested",
        "received",
        "accepted",
        "rejected",
        "ready",
        "cancelled",
        "in-progress",
        "on-hold",
        "failed",
        "completed",
        "entered-in-error"
      ],
      "steps": [
        {
          "by": "requester",
          "to": [
            "draft"
          ]
        },
        {
          "by": "requester",
          "from": [
            "draft"
          ],
          "to": [
            "requested",
            "cancelled"
          ]
        },
        {
          "by": "responder",
          "from": [
            "draft"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "responder",
          "from": [
            "requested"
          ],
          "to": [
            "received",
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "received"
          ],
          "to": [
            "accepted",
            "rejected"
          ]
        },
        {
          "by": "responder",
          "from": [
            "accepted",
            "ready",
            "on-hold"
          ],
          "to": [
            "in-progress"
          ]
        },
        {
          "by": "responder",
          "from": [
            "in-progress"
          ],
          "to": [
            "on-hold",
            "completed",
            "failed"
          ]
        },
        {
          "by": "requester",
          "from": [
            "requested",
            "received",
            "accepted",
            "ready"
          ],
          "to": [
            "cancelled"
          ]
        },
        {
          "by": "requester",
          "caution": "a Task that others see may begin as requested, its draft never stored",
          "to": [
            "requested"
          ]
        },
        {
          "by": "requester",
          "caution": "work that has begun may already have had effects when it is cancelled",
          "from": [
            "in-progress",
            "on-hold"
          ],
          "to": [
            "cancelled"
          ]
        },
        {
          "by": "responder",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "draft",
            "ready"
          ],
          "to": [
            "on-hold"
          ]
        },
        {
          "by": "requester",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "on-hold"
          ],
          "to": [
            "draft"
          ]
        },
        {
          "by": "responder",
          "caution": "a suspended Task resumes where it was",
          "from": [
            "on-hold"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "responder",
          "caution": "going back from in-progress to ready gives up what was begun",
          "from": [
            "in-progress"
          ],
          "to": [
            "ready"
          ]
        },
        {
          "by": "requester",
          "caution": "entered-in-error withdraws the Task from the record",
          "from": [
            "draft",
            "requested",
            "received",
            "accepted",
            "ready",
            "in-progress",
            "on-hold"
          ],
          "to": [
            "entered-in-error"
          ]
        }
      ]
    },
    "title": "FHIR R4 4.0.1",
    "unstable": false
  }
] satisfies Guide[];

export const drafts = [
  {
    "ask": [],
    "informationRecipients": [],
    "informationSender": {
      "identifier": {
        "system": "urn:x",
        "value": "1"
      }
    },
    "subject": {
      "reference": "Patient/1"
    }
  },
  {
    "about": [
      {
        "reference": "Patient/1"
      }
    ],
    "ask": [
      {
        "query": "Condition?patient=1"
      },
      {
        "noteType": {
          "coding": [
            {
              "code": "1",
              "display": "x",
              "system": "http://loinc.org"
            }
          ],
          "text": "x"
        }
      },
      {
        "text": "x"
      }
    ],
    "category": {
      "coding": [
        {
          "code": "1",
          "display": "x",
          "system": "http://loinc.org"
        }
      ],
      "text": "x"
    },
    "due": "2026-01-01",
    "informationRecipients": [
      {
        "reference": "Patient/1"
      }
    ],
    "informationSender": {
      "identifier": {
        "system": "urn:x",
        "value": "1"
      }
    },
    "priority": "stat",
    "reason": {
      "coding": [
        {
          "code": "1",
          "display": "x",
          "system": "http://loinc.org"
        }
      ],
      "text": "x"
    },
    "requester": {
      "identifier": {
        "system": "urn:x",
        "value": "1"
      }
    },
    "subject": {
      "reference": "Patient/1"
    }
  }
] satisfies RequestDraft[];

export const attachmentDrafts = [
  {
    "attachTo": "claim",
    "claim": {
      "system": "urn:x",
      "value": "1"
    },
    "needed": [],
    "patient": "{}",
    "payer": {
      "system": "urn:x",
      "value": "1"
    },
    "payerUrl": "https://x",
    "practitionerRole": "{}",
    "trackingId": {
      "system": "urn:x",
      "value": "1"
    }
  },
  {
    "adminRefNumber": {
      "system": "urn:x",
      "value": "1"
    },
    "attachTo": "preauthorization",
    "claim": {
      "system": "urn:x",
      "value": "1"
    },
    "due": "2026-01-31",
    "multipleSubmits": true,
    "needed": [
      {
        "code": {
          "coding": [
            {
              "code": "1",
              "display": "x",
              "system": "http://loinc.org"
            }
          ],
          "text": "x"
        },
        "lines": [
          1
        ]
      },
      {
        "questionnaire": "urn:x"
      }
    ],
    "patient": "{}",
    "payer": {
      "system": "urn:x",
      "value": "1"
    },
    "payerUrl": "https://x",
    "practitionerRole": "{}",
    "purposeOfUse": [
      {
        "code": "x",
        "system": "urn:x"
      }
    ],
    "serviceDate": "2026-01-01",
    "signature": true,
    "trackingId": {
      "system": "urn:x",
      "value": "1"
    }
  }
] satisfies AttachmentDraft[];

export const inputs = [
  {
    "id": 1,
    "input": "received",
    "response": {
      "body": "{}",
      "headers": {
        "etag": "W/\"1\""
      },
      "status": 200
    }
  },
  {
    "id": 1,
    "input": "failed"
  },
  {
    "input": "woke"
  },
  {
    "input": "notified"
  },
  {
    "about": "everything",
    "input": "notified"
  },
  {
    "about": {
      "only": [
        "https://a.example/fhir/Task/1"
      ]
    },
    "input": "notified"
  },
  {
    "base": "https://a.example/fhir",
    "input": "watched",
    "until": "2026-01-01T00:00:00.000Z"
  },
  {
    "base": "https://a.example/fhir",
    "input": "watched"
  },
  {
    "bundle": "{}",
    "input": "notification"
  },
  {
    "input": "closed"
  },
  {
    "input": "restored"
  },
  {
    "act": "acknowledge",
    "arrived": "Task/1",
    "input": "do"
  },
  {
    "act": "cancel",
    "input": "do",
    "reason": {
      "coding": [
        {
          "code": "1",
          "display": "x",
          "system": "http://loinc.org"
        }
      ],
      "text": "x"
    }
  },
  {
    "act": "reject",
    "input": "do",
    "reason": {
      "text": "x"
    }
  },
  {
    "act": "hold",
    "input": "do"
  },
  {
    "act": "hold",
    "input": "do",
    "reason": {
      "text": "x"
    }
  },
  {
    "act": "progress",
    "input": "do",
    "text": "x"
  },
  {
    "act": "respond",
    "input": "do",
    "payloads": [
      {
        "contentString": "x"
      },
      {
        "answers": 0,
        "contentAttachment": {
          "contentType": "text/plain",
          "data": "eA==",
          "hash": "x",
          "size": 1,
          "title": "x",
          "url": "urn:x"
        }
      },
      {
        "contentReference": {
          "reference": "Binary/1"
        }
      }
    ]
  },
  {
    "act": "fail",
    "input": "do",
    "reason": {
      "text": "x"
    }
  },
  {
    "act": "fetched",
    "input": "do",
    "reference": "Binary/1"
  },
  {
    "act": "waive",
    "input": "do",
    "reference": "Binary/1"
  },
  {
    "act": "submitted",
    "input": "do",
    "parameters": "{}"
  },
  {
    "act": "look",
    "input": "do"
  },
  {
    "act": "retry",
    "input": "do"
  },
  {
    "act": "give-up",
    "input": "do"
  },
  {
    "act": "untrack",
    "input": "do"
  },
  {
    "act": "close",
    "input": "do"
  },
  {
    "act": "accept",
    "input": "do"
  },
  {
    "act": "start",
    "input": "do"
  },
  {
    "act": "resume",
    "input": "do"
  },
  {
    "act": "complete",
    "input": "do"
  },
  {
    "act": "respond",
    "delivery": "usual",
    "input": "do",
    "note": "x",
    "payloads": []
  },
  {
    "act": "respond",
    "delivery": "communication",
    "input": "do",
    "note": "x",
    "payloads": []
  },
  {
    "act": "respond",
    "delivery": "communication-task",
    "input": "do",
    "note": "x",
    "payloads": []
  }
] satisfies Input[];

export const faults = [
  {
    "kind": "network"
  },
  {
    "detail": "x",
    "issues": [
      {
        "code": "invalid",
        "details": "x",
        "diagnostics": "x",
        "expression": [
          "Task.status"
        ],
        "position": {
          "column": 2,
          "line": 1
        },
        "rule": "x",
        "severity": "fatal"
      },
      {
        "code": "invalid",
        "details": "x",
        "diagnostics": "x",
        "expression": [
          "Task.status"
        ],
        "position": {
          "column": 2,
          "line": 1
        },
        "rule": "x",
        "severity": "error"
      },
      {
        "code": "invalid",
        "details": "x",
        "diagnostics": "x",
        "expression": [
          "Task.status"
        ],
        "position": {
          "column": 2,
          "line": 1
        },
        "rule": "x",
        "severity": "warning"
      },
      {
        "code": "invalid",
        "details": "x",
        "diagnostics": "x",
        "expression": [
          "Task.status"
        ],
        "position": {
          "column": 2,
          "line": 1
        },
        "rule": "x",
        "severity": "information"
      }
    ],
    "kind": "invalid",
    "retryAfter": 5,
    "status": 422
  }
] satisfies Fault[];

export const faultKinds = [
  "network",
  "unauthorized",
  "forbidden",
  "not-found",
  "gone",
  "conflict",
  "several-matches",
  "invalid",
  "too-large",
  "too-many-requests",
  "unavailable",
  "pending",
  "unreadable",
  "wrong-resource",
  "unexpected"
] satisfies FaultKind[];

export const states = [
  "drafting",
  "sending",
  "sent",
  "acknowledged",
  "accepted",
  "working",
  "paused",
  "partially-answered",
  "answered",
  "answered-empty",
  "declined",
  "failed",
  "cancelled"
] satisfies State[];

export const timeliness = [
  "early",
  "pending",
  "soon",
  "overdue",
  "in-time",
  "late",
  "moot"
] satisfies Timeliness[];

export const solicitations = [
  {
    "conflict": false,
    "ledger": {
      "items": [
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "query": "Condition?patient=1"
          },
          "recipients": [
            0
          ],
          "state": "missing"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "noteType": {
              "coding": [
                {
                  "code": "1",
                  "display": "x",
                  "system": "http://loinc.org"
                }
              ],
              "text": "x"
            }
          },
          "recipients": [
            0
          ],
          "state": "partial"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "text": "x"
          },
          "recipients": [
            0
          ],
          "state": "received"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": "content",
          "recipients": [
            0
          ],
          "state": "received"
        }
      ],
      "unexpected": [
        0
      ]
    },
    "lost": false,
    "recipients": [
      {
        "lost": false,
        "reopened": true,
        "server": "partner",
        "state": "answered",
        "why": "x"
      }
    ],
    "state": "answered",
    "why": "x"
  },
  {
    "conflict": false,
    "due": {
      "from": "1970-01-01T00:00:00.000Z",
      "timeliness": "late",
      "until": "1970-01-01T00:00:00.000Z",
      "written": "1970-01-01"
    },
    "ledger": {
      "items": [
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "query": "Condition?patient=1"
          },
          "recipients": [
            0
          ],
          "state": "missing"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "noteType": {
              "coding": [
                {
                  "code": "1",
                  "display": "x",
                  "system": "http://loinc.org"
                }
              ],
              "text": "x"
            }
          },
          "recipients": [
            0
          ],
          "state": "partial"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "text": "x"
          },
          "recipients": [
            0
          ],
          "state": "received"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": "content",
          "recipients": [
            0
          ],
          "state": "received"
        }
      ],
      "unexpected": [
        0
      ]
    },
    "lost": false,
    "progress": "x",
    "reason": "x",
    "recipients": [
      {
        "lost": false,
        "owner": {
          "reference": "Organization/1"
        },
        "progress": "x",
        "reason": "x",
        "reopened": true,
        "server": "partner",
        "state": "answered",
        "why": "x"
      }
    ],
    "state": "answered",
    "why": "x"
  }
] satisfies Solicitation[];

export const taskStatuses = [
  "draft",
  "requested",
  "received",
  "accepted",
  "rejected",
  "ready",
  "cancelled",
  "in-progress",
  "on-hold",
  "failed",
  "completed",
  "entered-in-error"
] satisfies TaskStatus[];

export const variants = [
  "with-task",
  "without-task"
] satisfies Variant[];

export const reports = [
  {
    "errors": 4,
    "issues": [
      {
        "code": "required",
        "column": 1,
        "expression": "Task.intent",
        "line": 1,
        "message": "intent is missing: Task has exactly 1",
        "pointer": "",
        "rule": "cardinality",
        "severity": "error"
      },
      {
        "code": "invariant",
        "column": 1,
        "expression": "Task",
        "line": 1,
        "message": "constraint dom-6 does not hold here: expected text.`div`.exists()",
        "pointer": "",
        "rule": "invariant",
        "severity": "warning"
      },
      {
        "code": "code-invalid",
        "column": 33,
        "expression": "Task.status",
        "line": 1,
        "message": "expected accepted, cancelled, completed, draft, entered-in-error, failed, in-progress, on-hold, ready, received, rejected or requested (value set http://hl7.org/fhir/ValueSet/task-status)",
        "pointer": "/status",
        "rule": "required-binding",
        "severity": "error"
      },
      {
        "code": "extension",
        "column": 68,
        "expression": "Task.implicitRules.extension[0]",
        "line": 1,
        "message": "expected an absolute url that tells what the extension is, found a relative one",
        "pointer": "/_implicitRules/extension/0",
        "rule": "extension",
        "severity": "error"
      },
      {
        "code": "invariant",
        "column": 68,
        "expression": "Task.implicitRules.extension[0]",
        "line": 1,
        "message": "constraint ext-1 does not hold here: expected extension.exists() != value.exists()",
        "pointer": "/_implicitRules/extension/0",
        "rule": "invariant",
        "severity": "error"
      }
    ],
    "omitted": 0,
    "resourceType": "Task",
    "unchecked": [
      {
        "count": 1,
        "kind": "extension",
        "name": "u"
      }
    ],
    "warnings": 1
  }
] satisfies Report[];

export const explanations = [
  {
    "elements": [
      {
        "demands": [],
        "element": "Task.status"
      }
    ],
    "profile": "http://example.org/profile",
    "type": "Task"
  },
  {
    "base": "http://example.org/base",
    "elements": [
      {
        "demands": [
          "required"
        ],
        "element": "Task.status"
      }
    ],
    "profile": "http://example.org/profile",
    "type": "Task",
    "version": "1.0.0"
  }
] satisfies Explanation[];

export const refusalKinds = [
  "wrong-resource",
  "guide",
  "draft",
  "missing-server",
  "server",
  "subscription",
  "missing-owner",
  "not-sendable",
  "invalid",
  "edit",
  "reason-required",
  "output-required",
  "payload-required",
  "no-such-item",
  "status",
  "attachments",
  "submission",
  "not-now",
  "other-side"
] satisfies RefusalKind[];

export const requests = [
  {
    "headers": {
      "accept": "application/fhir+json"
    },
    "method": "GET",
    "server": "home",
    "url": "Task?status=requested,received&_sort=_lastUpdated&_count=50"
  },
  {
    "body": "{}",
    "headers": {
      "accept": "application/fhir+json"
    },
    "method": "GET",
    "server": "home",
    "url": "Task?status=requested,received&_sort=_lastUpdated&_count=50"
  }
] satisfies HttpRequest[];

export const translations = [
  {
    "lost": [
      {
        "path": "CommunicationRequest.category",
        "reason": "a data request has no element for it"
      }
    ],
    "resources": [
      "{\"resourceType\":\"Task\",\"status\":\"requested\",\"basedOn\":[{\"reference\":\"CommunicationRequest/1\"}],\"code\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp\",\"code\":\"data-request-code\"}]},\"input\":[{\"type\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp\",\"code\":\"data-code\"}]},\"valueCodeableConcept\":{\"text\":\"x\"}}]}"
    ]
  }
] satisfies Translation[];

export const responses = [
  {
    "body": "",
    "headers": {},
    "status": 204
  }
] satisfies HttpResponse[];

export const effects = [
  {
    "effect": "save"
  },
  {
    "effect": "send",
    "id": 1,
    "request": {
      "headers": {
        "accept": "application/fhir+json"
      },
      "method": "GET",
      "server": "home",
      "url": "Task?status=requested,received&_sort=_lastUpdated&_count=50"
    }
  },
  {
    "effect": "send",
    "id": 2,
    "request": {
      "headers": {
        "accept": "application/fhir+json"
      },
      "method": "GET",
      "server": "home",
      "url": "CommunicationRequest?status=active&_tag=http://terminology.hl7.org/CodeSystem/common-tags|actionable&_sort=_lastUpdated&_count=50"
    }
  },
  {
    "at": "1970-01-01T00:01:05.880Z",
    "effect": "wake-at",
    "from": "1970-01-01T00:01:00.000Z"
  },
  {
    "effect": "report",
    "update": {
      "solicitation": {
        "conflict": false,
        "due": {
          "from": "1970-01-01T00:00:00.000Z",
          "timeliness": "late",
          "until": "1970-01-01T00:00:00.000Z",
          "written": "1970-01-01"
        },
        "ledger": {
          "items": [
            {
              "answeredBy": [
                0
              ],
              "asked": {
                "query": "Condition?patient=1"
              },
              "recipients": [
                0
              ],
              "state": "missing"
            },
            {
              "answeredBy": [
                0
              ],
              "asked": {
                "noteType": {
                  "coding": [
                    {
                      "code": "1",
                      "display": "x",
                      "system": "http://loinc.org"
                    }
                  ],
                  "text": "x"
                }
              },
              "recipients": [
                0
              ],
              "state": "partial"
            },
            {
              "answeredBy": [
                0
              ],
              "asked": {
                "text": "x"
              },
              "recipients": [
                0
              ],
              "state": "received"
            },
            {
              "answeredBy": [
                0
              ],
              "asked": "content",
              "recipients": [
                0
              ],
              "state": "received"
            }
          ],
          "unexpected": [
            0
          ]
        },
        "lost": false,
        "progress": "x",
        "reason": "x",
        "recipients": [
          {
            "lost": false,
            "owner": {
              "reference": "Organization/1"
            },
            "progress": "x",
            "reason": "x",
            "reopened": true,
            "server": "partner",
            "state": "answered",
            "why": "x"
          }
        ],
        "state": "answered",
        "why": "x"
      },
      "update": "state"
    }
  },
  {
    "effect": "report",
    "update": {
      "brings": "request",
      "resource": "{\"resourceType\":\"Basic\"}",
      "seed": "00000000000000000000000000000007",
      "update": "arrived"
    }
  },
  {
    "effect": "report",
    "update": {
      "brings": "information",
      "resource": "{\"resourceType\":\"Basic\"}",
      "seed": "00000000000000000000000000000007",
      "update": "arrived"
    }
  },
  {
    "effect": "report",
    "update": {
      "receipt": {
        "fault": {
          "detail": "x",
          "issues": [
            {
              "code": "invalid",
              "details": "x",
              "diagnostics": "x",
              "expression": [
                "Task.status"
              ],
              "position": {
                "column": 2,
                "line": 1
              },
              "rule": "x",
              "severity": "fatal"
            },
            {
              "code": "invalid",
              "details": "x",
              "diagnostics": "x",
              "expression": [
                "Task.status"
              ],
              "position": {
                "column": 2,
                "line": 1
              },
              "rule": "x",
              "severity": "error"
            },
            {
              "code": "invalid",
              "details": "x",
              "diagnostics": "x",
              "expression": [
                "Task.status"
              ],
              "position": {
                "column": 2,
                "line": 1
              },
              "rule": "x",
              "severity": "warning"
            },
            {
              "code": "invalid",
              "details": "x",
              "diagnostics": "x",
              "expression": [
                "Task.status"
              ],
              "position": {
                "column": 2,
                "line": 1
              },
              "rule": "x",
              "severity": "information"
            }
          ],
          "kind": "invalid",
          "retryAfter": 5,
          "status": 422
        },
        "lacking": [
          "Basic/1"
        ],
        "solicited": true,
        "status": "accepted"
      },
      "update": "receipt"
    }
  },
  {
    "effect": "report",
    "update": {
      "doing": "x",
      "fault": {
        "detail": "x",
        "issues": [
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "fatal"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "error"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "warning"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "information"
          }
        ],
        "kind": "invalid",
        "retryAfter": 5,
        "status": 422
      },
      "stalled": true,
      "update": "fault"
    }
  },
  {
    "effect": "report",
    "update": {
      "text": "x",
      "update": "notice"
    }
  },
  {
    "effect": "report",
    "update": {
      "about": "everything",
      "update": "news"
    }
  },
  {
    "effect": "report",
    "update": {
      "about": {
        "only": [
          "https://a.example/fhir/Task/1"
        ]
      },
      "update": "news"
    }
  },
  {
    "effect": "report",
    "update": {
      "update": "subscription",
      "watching": {
        "base": "https://a.example/fhir",
        "phase": "requested"
      }
    }
  },
  {
    "effect": "report",
    "update": {
      "update": "subscription",
      "watching": {
        "base": "https://a.example/fhir",
        "phase": "active",
        "until": "1970-01-01T00:00:00.000Z"
      }
    }
  },
  {
    "again": true,
    "effect": "send",
    "id": 1,
    "request": {
      "headers": {
        "accept": "application/fhir+json"
      },
      "method": "GET",
      "server": "home",
      "url": "Task?status=requested,received&_sort=_lastUpdated&_count=50"
    }
  },
  {
    "effect": "connect",
    "message": "x",
    "url": "wss://a.example/ws"
  },
  {
    "effect": "disconnect"
  }
] satisfies Effect[];

export const phases = [
  "discovering",
  "unavailable",
  "creating",
  "requested",
  "active",
  "recovering",
  "ended"
] satisfies Phase[];

export const updates = [
  {
    "solicitation": {
      "conflict": false,
      "due": {
        "from": "1970-01-01T00:00:00.000Z",
        "timeliness": "late",
        "until": "1970-01-01T00:00:00.000Z",
        "written": "1970-01-01"
      },
      "ledger": {
        "items": [
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "query": "Condition?patient=1"
            },
            "recipients": [
              0
            ],
            "state": "missing"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "noteType": {
                "coding": [
                  {
                    "code": "1",
                    "display": "x",
                    "system": "http://loinc.org"
                  }
                ],
                "text": "x"
              }
            },
            "recipients": [
              0
            ],
            "state": "partial"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "text": "x"
            },
            "recipients": [
              0
            ],
            "state": "received"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": "content",
            "recipients": [
              0
            ],
            "state": "received"
          }
        ],
        "unexpected": [
          0
        ]
      },
      "lost": false,
      "progress": "x",
      "reason": "x",
      "recipients": [
        {
          "lost": false,
          "owner": {
            "reference": "Organization/1"
          },
          "progress": "x",
          "reason": "x",
          "reopened": true,
          "server": "partner",
          "state": "answered",
          "why": "x"
        }
      ],
      "state": "answered",
      "why": "x"
    },
    "update": "state"
  },
  {
    "brings": "request",
    "resource": "{\"resourceType\":\"Basic\"}",
    "seed": "00000000000000000000000000000007",
    "update": "arrived"
  },
  {
    "brings": "information",
    "resource": "{\"resourceType\":\"Basic\"}",
    "seed": "00000000000000000000000000000007",
    "update": "arrived"
  },
  {
    "receipt": {
      "fault": {
        "detail": "x",
        "issues": [
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "fatal"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "error"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "warning"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "information"
          }
        ],
        "kind": "invalid",
        "retryAfter": 5,
        "status": 422
      },
      "lacking": [
        "Basic/1"
      ],
      "solicited": true,
      "status": "accepted"
    },
    "update": "receipt"
  },
  {
    "doing": "x",
    "fault": {
      "detail": "x",
      "issues": [
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "fatal"
        },
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "error"
        },
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "warning"
        },
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "information"
        }
      ],
      "kind": "invalid",
      "retryAfter": 5,
      "status": 422
    },
    "stalled": true,
    "update": "fault"
  },
  {
    "text": "x",
    "update": "notice"
  },
  {
    "about": "everything",
    "update": "news"
  },
  {
    "about": {
      "only": [
        "https://a.example/fhir/Task/1"
      ]
    },
    "update": "news"
  },
  {
    "update": "subscription",
    "watching": {
      "base": "https://a.example/fhir",
      "phase": "requested"
    }
  },
  {
    "update": "subscription",
    "watching": {
      "base": "https://a.example/fhir",
      "phase": "active",
      "until": "1970-01-01T00:00:00.000Z"
    }
  }
] satisfies Update[];

export const views = [
  {
    "communications": [],
    "finished": false,
    "guide": "cdex-2019",
    "servers": {
      "home": "https://a.example/fhir"
    }
  },
  {
    "communications": [
      {
        "by": 0,
        "contents": [
          {
            "document": "{\"resourceType\":\"Basic\"}",
            "reference": "Basic/1"
          },
          {
            "fault": {
              "detail": "x",
              "issues": [
                {
                  "code": "invalid",
                  "details": "x",
                  "diagnostics": "x",
                  "expression": [
                    "Task.status"
                  ],
                  "position": {
                    "column": 2,
                    "line": 1
                  },
                  "rule": "x",
                  "severity": "fatal"
                },
                {
                  "code": "invalid",
                  "details": "x",
                  "diagnostics": "x",
                  "expression": [
                    "Task.status"
                  ],
                  "position": {
                    "column": 2,
                    "line": 1
                  },
                  "rule": "x",
                  "severity": "error"
                },
                {
                  "code": "invalid",
                  "details": "x",
                  "diagnostics": "x",
                  "expression": [
                    "Task.status"
                  ],
                  "position": {
                    "column": 2,
                    "line": 1
                  },
                  "rule": "x",
                  "severity": "warning"
                },
                {
                  "code": "invalid",
                  "details": "x",
                  "diagnostics": "x",
                  "expression": [
                    "Task.status"
                  ],
                  "position": {
                    "column": 2,
                    "line": 1
                  },
                  "rule": "x",
                  "severity": "information"
                }
              ],
              "kind": "invalid",
              "retryAfter": 5,
              "status": 422
            },
            "reference": "Basic/1"
          },
          {
            "reference": "Basic/1",
            "unlocated": "unknown-server"
          },
          {
            "reference": "Basic/1",
            "unlocated": "not-restful"
          },
          {
            "reference": "Basic/1",
            "unlocated": "unsafe"
          },
          {
            "reference": "Basic/1",
            "taken": "fetched"
          },
          {
            "reference": "Basic/1",
            "taken": "waived"
          }
        ],
        "document": "{\"resourceType\":\"Basic\"}",
        "from": "partner",
        "late": true
      },
      {
        "document": "{\"resourceType\":\"Basic\"}"
      }
    ],
    "finished": true,
    "guide": "cdex-2019",
    "receipt": {
      "fault": {
        "detail": "x",
        "issues": [
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "fatal"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "error"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "warning"
          },
          {
            "code": "invalid",
            "details": "x",
            "diagnostics": "x",
            "expression": [
              "Task.status"
            ],
            "position": {
              "column": 2,
              "line": 1
            },
            "rule": "x",
            "severity": "information"
          }
        ],
        "kind": "invalid",
        "retryAfter": 5,
        "status": 422
      },
      "lacking": [
        "Basic/1"
      ],
      "solicited": true,
      "status": "accepted"
    },
    "recipients": [
      {
        "owner": {
          "reference": "Organization/1"
        },
        "sent": "1970-01-01T00:00:00.000Z",
        "server": "partner",
        "task": "{\"resourceType\":\"Basic\"}",
        "url": "Task/1",
        "version": "1"
      },
      {
        "server": "third"
      }
    ],
    "request": "{\"resourceType\":\"Basic\"}",
    "requestFault": {
      "detail": "x",
      "issues": [
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "fatal"
        },
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "error"
        },
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "warning"
        },
        {
          "code": "invalid",
          "details": "x",
          "diagnostics": "x",
          "expression": [
            "Task.status"
          ],
          "position": {
            "column": 2,
            "line": 1
          },
          "rule": "x",
          "severity": "information"
        }
      ],
      "kind": "invalid",
      "retryAfter": 5,
      "status": 422
    },
    "servers": {
      "home": "https://a.example/fhir"
    },
    "solicitation": {
      "conflict": false,
      "due": {
        "from": "1970-01-01T00:00:00.000Z",
        "timeliness": "late",
        "until": "1970-01-01T00:00:00.000Z",
        "written": "1970-01-01"
      },
      "ledger": {
        "items": [
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "query": "Condition?patient=1"
            },
            "recipients": [
              0
            ],
            "state": "missing"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "noteType": {
                "coding": [
                  {
                    "code": "1",
                    "display": "x",
                    "system": "http://loinc.org"
                  }
                ],
                "text": "x"
              }
            },
            "recipients": [
              0
            ],
            "state": "partial"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "text": "x"
            },
            "recipients": [
              0
            ],
            "state": "received"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": "content",
            "recipients": [
              0
            ],
            "state": "received"
          }
        ],
        "unexpected": [
          0
        ]
      },
      "lost": false,
      "progress": "x",
      "reason": "x",
      "recipients": [
        {
          "lost": false,
          "owner": {
            "reference": "Organization/1"
          },
          "progress": "x",
          "reason": "x",
          "reopened": true,
          "server": "partner",
          "state": "answered",
          "why": "x"
        }
      ],
      "state": "answered",
      "why": "x"
    },
    "status": "accepted",
    "task": "{\"resourceType\":\"Basic\"}",
    "watchedUntil": "1970-01-01T00:00:00.000Z",
    "watching": {
      "base": "https://a.example/fhir",
      "phase": "active",
      "until": "1970-01-01T00:00:00.000Z"
    }
  }
] satisfies View[];

export const snapshots = [
  {
    "format": "fhir-solicit",
    "saved": [
      {
        "id": "newer",
        "state": {
          "actor": "inbox",
          "version": 5
        }
      },
      {
        "id": "later",
        "state": {
          "actor": "auctioneer"
        }
      },
      "damaged"
    ],
    "version": 4
  }
] satisfies Snapshot[];

export const restored = [
  {
    "aside": [
      {
        "entry": "{\"id\":\"newer\",\"state\":{\"actor\":\"inbox\",\"version\":5}}",
        "id": "newer",
        "message": "a newer version of this library has saved it; update the library to go on with it",
        "why": "newer"
      },
      {
        "entry": "{\"id\":\"later\",\"state\":{\"actor\":\"auctioneer\"}}",
        "id": "later",
        "message": "it is of a kind that this version of the library does not have; update the library to go on with it",
        "why": "unknown-kind"
      },
      {
        "entry": "\"damaged\"",
        "message": "it is damaged: restore it from a backup, or begin anew, whereupon servers are asked what they have",
        "why": "damaged"
      }
    ],
    "saved": []
  }
] satisfies Restored[];

export const contentInputs = [
  {
    "id": 1,
    "input": "received",
    "response": {
      "body": "{}",
      "headers": {},
      "status": 200
    }
  },
  {
    "id": 1,
    "input": "bytes",
    "measured": {
      "head": "abc",
      "served": "text/plain",
      "sha1": "qZk=",
      "size": 3
    }
  },
  {
    "id": 1,
    "input": "bytes",
    "measured": {
      "head": "abc",
      "size": 3
    }
  },
  {
    "id": 1,
    "input": "failed",
    "why": "network"
  },
  {
    "id": 1,
    "input": "failed",
    "why": "too-large"
  },
  {
    "id": 1,
    "input": "failed",
    "why": "not-base64"
  }
] satisfies ContentInput[];

export const limits = [
  {
    "elsewhere": false,
    "mostBytes": 67108864,
    "mostBytesInAll": 268435456,
    "mostContents": 200,
    "mostSteps": 6,
    "parallel": 4,
    "signed": false
  }
] satisfies ContentLimits[];

export const contentEffects = [
  {
    "content": {
      "findings": [],
      "signed": false,
      "text": "x",
      "trail": [
        "Communication.payload[0].contentString"
      ]
    },
    "effect": "give"
  },
  {
    "effect": "withhold",
    "reason": {
      "why": "missing"
    },
    "trail": [
      "Communication.payload[2].contentReference"
    ],
    "via": "#none"
  },
  {
    "data": "YWJj",
    "effect": "decode",
    "hash": false,
    "id": 2,
    "most": 67108864,
    "trail": [
      "Communication.payload[3].contentAttachment"
    ]
  },
  {
    "effect": "fetch",
    "id": 1,
    "most": 67108864,
    "request": {
      "headers": {
        "accept": "application/fhir+json"
      },
      "method": "GET",
      "server": "partner",
      "url": "Bundle/1"
    },
    "trail": [
      "Communication.payload[1].contentReference"
    ],
    "via": "Bundle/1"
  },
  {
    "effect": "load-elsewhere",
    "hash": false,
    "id": 3,
    "most": 67108864,
    "trail": [
      "Communication.payload[4].contentAttachment"
    ],
    "url": "https://files.example/x"
  },
  {
    "effect": "load",
    "hash": false,
    "id": 4,
    "most": 67108864,
    "request": {
      "headers": {
        "accept": "*/*, application/fhir+json;q=0.5"
      },
      "method": "GET",
      "server": "partner",
      "url": "Binary/1"
    },
    "trail": [
      "Communication.payload[5].contentReference"
    ]
  },
  {
    "content": {
      "contentType": "text/plain",
      "findings": [
        {
          "claimed": 1,
          "finding": "size",
          "found": 2
        },
        {
          "finding": "hash"
        },
        {
          "finding": "hash-unchecked"
        },
        {
          "finding": "unlabelled"
        },
        {
          "finding": "label",
          "found": "clinical-document",
          "label": "text/plain"
        },
        {
          "finding": "served",
          "label": "text/plain",
          "served": "text/html"
        }
      ],
      "resource": "{\"resourceType\":\"Communication\",\"payload\":[{\"contentString\":\"x\"},\n        {\"contentReference\":{\"reference\":\"Bundle/1\"}},{\"contentReference\":{\"reference\":\"#none\"}},\n        {\"contentAttachment\":{\"contentType\":\"text/plain\",\"title\":\"x\",\"data\":\"YWJj\"}},\n        {\"contentAttachment\":{\"url\":\"https://files.example/x\"}},{\"contentReference\":{\"reference\":\"Binary/1\"}}]}",
      "signed": true,
      "size": 3,
      "sniffed": "text",
      "text": "x",
      "title": "x",
      "trail": [
        "Communication.payload[0].contentReference"
      ],
      "via": "Bundle/1"
    },
    "effect": "give",
    "id": 1
  },
  {
    "effect": "unwrap",
    "id": 1
  },
  {
    "effect": "withhold",
    "reason": {
      "unlocated": "unsafe",
      "why": "unlocated"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "fault": {
        "kind": "not-found"
      },
      "why": "fault"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "most": 1,
      "why": "too-large"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "why": "too-many"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "why": "too-deep"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "why": "repeated"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "why": "not-base64"
    },
    "trail": []
  },
  {
    "effect": "withhold",
    "reason": {
      "why": "missing"
    },
    "trail": []
  }
] satisfies ContentEffect[];

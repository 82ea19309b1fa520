// Written by core/tests/contract.rs with UPDATE_SNAPSHOTS=1; never edited.
import type { Start, RequestDraft, Input, Fault, FaultKind, State, Solicitation, TaskStatus, Variant, Report, Explanation, RefusalKind, HttpRequest, HttpResponse, Effect, Update, View } from "fhir-solicit";

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
    "owner": {
      "display": "x",
      "reference": "Organization/1"
    },
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
    "owner": {
      "display": "x",
      "reference": "Organization/1"
    },
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
    "owner": {
      "display": "x",
      "reference": "Organization/1"
    },
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
    "owner": {
      "display": "x",
      "reference": "Organization/1"
    },
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
  }
] satisfies Start[];

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
  "declined",
  "failed",
  "cancelled"
] satisfies State[];

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
          "state": "partial"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "text": "x"
          },
          "state": "received"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": "content",
          "state": "received"
        }
      ],
      "unexpected": [
        0
      ]
    },
    "lost": false,
    "overdue": false,
    "state": "answered",
    "why": "x"
  },
  {
    "conflict": false,
    "due": "1970-01-01T00:00:00.000Z",
    "ledger": {
      "items": [
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "query": "Condition?patient=1"
          },
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
          "state": "partial"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": {
            "text": "x"
          },
          "state": "received"
        },
        {
          "answeredBy": [
            0
          ],
          "asked": "content",
          "state": "received"
        }
      ],
      "unexpected": [
        0
      ]
    },
    "lost": false,
    "overdue": false,
    "progress": "x",
    "reason": "x",
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
  "missing-owner",
  "not-sendable",
  "invalid",
  "edit",
  "reason-required",
  "payload-required",
  "no-such-item",
  "status",
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
    "at": "1970-01-01T00:01:02.880Z",
    "effect": "wake-at"
  },
  {
    "effect": "report",
    "update": {
      "solicitation": {
        "conflict": false,
        "due": "1970-01-01T00:00:00.000Z",
        "ledger": {
          "items": [
            {
              "answeredBy": [
                0
              ],
              "asked": {
                "query": "Condition?patient=1"
              },
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
              "state": "partial"
            },
            {
              "answeredBy": [
                0
              ],
              "asked": {
                "text": "x"
              },
              "state": "received"
            },
            {
              "answeredBy": [
                0
              ],
              "asked": "content",
              "state": "received"
            }
          ],
          "unexpected": [
            0
          ]
        },
        "lost": false,
        "overdue": false,
        "progress": "x",
        "reason": "x",
        "state": "answered",
        "why": "x"
      },
      "update": "state"
    }
  },
  {
    "effect": "report",
    "update": {
      "resource": "{\"resourceType\":\"Basic\"}",
      "update": "arrived"
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
  }
] satisfies Effect[];

export const updates = [
  {
    "solicitation": {
      "conflict": false,
      "due": "1970-01-01T00:00:00.000Z",
      "ledger": {
        "items": [
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "query": "Condition?patient=1"
            },
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
            "state": "partial"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "text": "x"
            },
            "state": "received"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": "content",
            "state": "received"
          }
        ],
        "unexpected": [
          0
        ]
      },
      "lost": false,
      "overdue": false,
      "progress": "x",
      "reason": "x",
      "state": "answered",
      "why": "x"
    },
    "update": "state"
  },
  {
    "resource": "{\"resourceType\":\"Basic\"}",
    "update": "arrived"
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
  }
] satisfies Update[];

export const views = [
  {
    "communications": [],
    "finished": false,
    "servers": {
      "home": "https://a.example/fhir"
    }
  },
  {
    "communications": [
      {
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
          }
        ],
        "document": "{\"resourceType\":\"Basic\"}"
      },
      {
        "document": "{\"resourceType\":\"Basic\"}"
      }
    ],
    "finished": true,
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
      "due": "1970-01-01T00:00:00.000Z",
      "ledger": {
        "items": [
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "query": "Condition?patient=1"
            },
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
            "state": "partial"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": {
              "text": "x"
            },
            "state": "received"
          },
          {
            "answeredBy": [
              0
            ],
            "asked": "content",
            "state": "received"
          }
        ],
        "unexpected": [
          0
        ]
      },
      "lost": false,
      "overdue": false,
      "progress": "x",
      "reason": "x",
      "state": "answered",
      "why": "x"
    },
    "status": "accepted",
    "task": "{\"resourceType\":\"Basic\"}"
  }
] satisfies View[];

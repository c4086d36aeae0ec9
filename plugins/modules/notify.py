#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: notify
short_description: Tell people of a run by mail and webhook
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Sends the verdict of a run, its new and its resolved findings and where the report is. Rows of evidence are never
    sent.
  - Channels are mail (SMTP) and webhooks, that is group robots of WeCom (企业微信) and DingTalk (钉钉) and any program
    that takes JSON. All are used side by side.
  - A channel that does not take the message is a warning in one sentence, after a bounded number of tries. The task
    fails only when O(settings) or O(run_document) is wrong.
options:
  run_document:
    description:
      - The run, as M(medops.dbcare.record_run) returns it.
    type: dict
    required: true
  report_path:
    description:
      - Path of the report, which is named in the message unless O(settings.report_url) is set.
    type: path
  settings:
    description:
      - The site's C(dbcare_notify). Neither passwords nor URLs of webhooks appear in a result or message.
    type: dict
    required: true
    suboptions:
      when:
        description:
          - V(always) is after every run; V(on_change) when a finding is new or resolved or the verdict is another one
            than before; V(on_failure) when the verdict is unhealthy or incomplete.
        type: str
        choices: [always, on_change, on_failure]
        default: always
      language:
        description:
          - Language of the message, V(zh) or V(en).
        type: str
        default: zh
      report_url:
        description:
          - Address under which the site serves its reports; C(/<run id>/report.html) is added.
        type: str
      timeout:
        description:
          - Seconds to wait for an answer, from 1 to 120.
        type: int
        default: 10
      attempts:
        description:
          - How often to try while a server is busy or cannot be reached, from 1 to 10.
        type: int
        default: 3
      mail:
        description:
          - A mail server and who gets the mail.
        type: dict
        suboptions:
          host:
            description:
              - Name of the SMTP server.
            type: str
            required: true
          port:
            description:
              - Its port; by default 587, 465 or 25 as O(settings.mail.security) is V(starttls), V(tls) or V(none).
            type: int
          security:
            description:
              - V(starttls) asks for TLS after connecting and stops when there is none; V(tls) uses TLS from the start;
                V(none) sends in clear and never with a password.
            type: str
            choices: [starttls, tls, none]
            default: starttls
          user:
            description:
              - Account to log in with.
            type: str
          password:
            description:
              - Its password; keep it in a vault.
            type: str
          from:
            description:
              - Address of the sender.
            type: str
            required: true
          to:
            description:
              - Addresses of the recipients.
            type: list
            elements: str
            required: true
          subject_prefix:
            description:
              - Put before the subject.
            type: str
            default: ""
          ca_file:
            description:
              - Certificates to trust, in PEM, where the server's is not from a public authority.
            type: path
      webhooks:
        description:
          - Robots and programs to tell.
        type: list
        elements: dict
        default: []
        suboptions:
          kind:
            description:
              - What listens there. V(generic) gets JSON of the schema C(medops.dbcare/notification/1).
            type: str
            choices: [wecom, dingtalk, generic]
            required: true
          url:
            description:
              - Its address, with the token that the robot's page shows; keep it in a vault.
            type: str
            required: true
          secret:
            description:
              - V(dingtalk) signs the request with it. V(generic) gets the headers C(X-Dbcare-Timestamp) and
                C(X-Dbcare-Signature), which is C(sha256=) and the hexadecimal HMAC-SHA256 of timestamp, a dot and the
                body.
            type: str
          ca_file:
            description:
              - Certificates to trust, in PEM, where the server's is not from a public authority.
            type: path
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.writes
  - medops.dbcare.attributes.controller
attributes:
  idempotent:
    support: none
notes:
  - Proxies are taken from the environment (C(https_proxy), C(no_proxy)).
requirements:
  - tenacity on the controller (requirements/runtime.txt)
seealso:
  - module: medops.dbcare.render_report
"""

EXAMPLES = r"""
- name: Tell the people on duty
  medops.dbcare.notify:
    run_document: "{{ recorded.run }}"
    report_path: "{{ report.report_html }}"
    settings:
      when: on_change
      mail:
        host: smtp.example.org
        user: dbcare
        password: "{{ vault_smtp_password }}"
        from: dbcare@example.org
        to: [dba@example.org]
      webhooks:
        - kind: wecom
          url: "{{ vault_wecom_url }}"
        - kind: dingtalk
          url: "{{ vault_dingtalk_url }}"
          secret: "{{ vault_dingtalk_secret }}"
  run_once: true
"""

RETURN = r"""
due:
  description: Whether O(settings.when) asked for a message on this run.
  returned: success
  type: bool
deliveries:
  description: Each channel, and whether it took the message; in check mode each one that would be used.
  returned: success
  type: list
  elements: dict
  sample: [{channel: "mail smtp.example.org:587", sent: true}]
failures:
  description: One sentence for each channel that did not take the message.
  returned: when messages were sent
  type: list
  elements: str
"""

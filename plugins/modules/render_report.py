#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: render_report
short_description: Write the report of a run
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Writes C(<folder>/<kind>/<run id>/report.json) and the same as pages for people, C(report.html) in the first of
    O(languages) and C(report.<language>.html) in each other one. A page needs no other file and no network.
  - The link C(<folder>/<kind>/latest) points to the run that started last.
  - The run document is checked against C(docs/schemas/report-1.json) first. The files appear all at once or not at all.
  - The same document gives the same bytes, so that a second call changes nothing.
options:
  run_document:
    description:
      - The run, as M(medops.dbcare.record_run) returns it.
      - Text in it is never a template, whatever it holds.
    type: dict
    required: true
  folder:
    description:
      - The folder of all reports. It is made when it is missing.
    type: path
    required: true
  languages:
    description:
      - Languages of the pages, V(zh) and V(en); the first one is C(report.html).
    type: list
    elements: str
    default: [zh, en]
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.writes
  - medops.dbcare.attributes.controller
requirements:
  - Jinja2, Babel and jsonschema on the controller (requirements/runtime.txt)
seealso:
  - module: medops.dbcare.notify
"""

EXAMPLES = r"""
- name: Write the report
  medops.dbcare.render_report:
    run_document: "{{ recorded.run }}"
    folder: reports
  register: report
  run_once: true

- name: English only
  medops.dbcare.render_report:
    run_document: "{{ lookup('ansible.builtin.file', 'reports/daily_inspection/latest/report.json') | from_json }}"
    folder: /srv/reports
    languages: [en]

- name: Say the verdict
  ansible.builtin.debug:
    msg: "{{ report.summary.en }}"
"""

RETURN = r"""
folder:
  description: The folder of this report; in check mode, where it would be.
  returned: success
  type: str
  sample: /srv/reports/daily_inspection/20260316-070002-0007
files:
  description: All files in it.
  returned: success
  type: list
  elements: str
report_json:
  description: The report for programs.
  returned: success
  type: str
report_html:
  description: The report in the first language.
  returned: success
  type: str
latest:
  description: The link to the latest report of this kind.
  returned: success
  type: str
verdict:
  description: healthy, attention, unhealthy or incomplete.
  returned: success
  type: str
summary:
  description: The run in one line, in each language.
  returned: success
  type: dict
  sample: {zh: "数据库每日巡检报告：健康；通过 61", en: "Daily database inspection: Healthy; Pass 61"}
digest:
  description: The run in a few lines for mail or chat, in each language. Holds no evidence.
  returned: success
  type: dict
"""

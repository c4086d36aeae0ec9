# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What never enters a snapshot."""

from __future__ import annotations

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.masking import Masker, mask_sql, mask_tree


@pytest.mark.parametrize(
    ("statement", "masked"),
    [
        ("select * from t where a = 'x''y' and b = 12.5", "select * from t where a = ? and b = ?"),
        ("select q'[it's]' , nq'{a}' , N'b' from dual", "select ? , ? , ? from dual"),
        ("select q'!it's!' from dual where x = q'(a)'", "select ? from dual where x = ?"),
        (
            'select t1.c2, "Weird 1" from tab_3 t1 where id = :id and c = :1',
            'select t1.c2, "Weird 1" from tab_3 t1 where id = :id and c = :1',
        ),
        (
            "select /*+ index(t i1) */ a from t -- 张三 13812345678\nwhere b = 1",
            "select /*+ index(t i1) */ a from t /* */\nwhere b = ?",
        ),
        ("select /* patient 7 */ a from t", "select /* */ a from t"),
        ("select a from t where name = '张三", "select a from t where name = ?"),
        ("select * from 病人 where 姓名 = '李四'", "select * from 病人 where 姓名 = ?"),
        ("insert into t values (1e5, -.5, 'a', null)", "insert into t values (?, -?, ?, null)"),
        ("select sys_op_c2c(v$session.sid#) from v$session", "select sys_op_c2c(v$session.sid#) from v$session"),
    ],
)
def test_literals_and_comments_of_statements_go_and_names_stay(statement: str, masked: str) -> None:
    assert mask_sql(statement) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("patient 11010519491231002X came", "patient [id_card] came"),
        ("病人身份证110105194912310021，", "病人身份证[id_card]，"),
        ("old card 110105491231002.", "old card 110105491231002."),
        ("old card 110105491231002 ok", "old card [id_card_15] ok"),
        ("call 13812345678 or +86 138-1234-5678", "call [mobile] or [mobile]"),
        ("scn 138123456789012", "scn 138123456789012"),
        ("order 110105194913310021 has month 13", "order 110105194913310021 has month 13"),
        ("password=abc123 user=x", "password=*** user=x"),
        ("pwd: 'a b' next", "pwd: *** next"),
        ("alter user scott identified by tiger account unlock", "alter user scott identified by *** account unlock"),
        ("identified by values 'S:AB12'", "identified by values ***"),
        ("sqlplus scott/tiger@HIS", "sqlplus scott/***@HIS"),
        ("postgresql://u:pw@h/d", "postgresql://u:***@h/d"),
        ("password expires in 7 days", "password expires in 7 days"),
        ("/u01/app/oracle@node1", "/u01/app/oracle@node1"),
        (
            "ORA-00600: internal error code, arguments: [kcbz], [12345]",
            "ORA-00600: internal error code, arguments: [kcbz], [12345]",
        ),
    ],
)
def test_secrets_and_data_of_patients_go_and_the_rest_stays(text: str, masked: str) -> None:
    assert Masker().text(text) == masked


def test_a_column_says_what_it_holds() -> None:
    masker = Masker()
    assert masker.cell("sql_text", "select 1 from dual") == "select ? from dual"
    assert masker.cell("note", "select 1 from dual") == "select 1 from dual"
    assert masker.cell("note", "select 1 from dual", "sql") == "select ? from dual"
    assert masker.cell("sql_text", "select 1 from dual", "none") == "select 1 from dual"
    assert masker.cell("key", "abc", "secret") == "***"
    assert masker.cell("name", 13812345678, "patient") == "***"
    assert (masker.cell("n", 13812345678), masker.cell("n", None)) == (13812345678, None)
    assert masker.count == 4


def test_a_password_in_a_statement_goes_also_without_quotes() -> None:
    assert Masker().cell("sql_text", "alter user a identified by Tiger1") == "alter user a identified by ***"


def test_a_site_adds_patterns_and_switches_some_off() -> None:
    masker = Masker({"record_no": r"MR\d{6}", "mobile": ""})
    assert masker.text("MR123456 13812345678") == "[record_no] 13812345678"
    with pytest.raises(BadInput, match=r'pattern "bad" is no regular expression'):
        Masker({"bad": "("})


def test_whole_trees_are_masked() -> None:
    assert mask_tree(Masker(), {"a": ["pwd=1", 2], "b": {"keep": "pwd=1"}}, keep=("keep",)) == {
        "a": ["pwd=***", 2],
        "b": {"keep": "pwd=1"},
    }

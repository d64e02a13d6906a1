"""What stands where an answer should and is none: N/A, TBD, `<metric>`, what a tool wrote."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from unicodedata import normalize

from whygate.text.patterns import later

# One phrase per line, or several apart by " | ". Case, accents, punctuation and spaces do not
# matter: "N/A", "n.a." and "NA" are one entry.
_PHRASES = """
no response
placeholder text | some text here | insert problem here | insert outcome here | read the code
look at the code | check the code | update later | will update | will update later | draft
needs writing up | to write up | there is none | there are none | unknown at this time
unknown for now | not known at this time | no answer yet | ver título acima | problem text here
同上です
n/a | none | nil | null | nothing | not applicable | not relevant | not needed | not required
no comment | not sure | no idea | don't know | dunno | idk | unknown | undefined | unspecified
not specified | not available | not known | not yet | not yet known | none yet
tbd | tba | tbc | todo | to do | wip | fixme | xxx | x | xx | later | pending
to be announced | to be decided | to be determined | to be defined | to be discussed
to be done | to be filled | to be filled in | to be completed | to be added | to be written
to be confirmed | to come | to follow | will follow | will add | will add later | add later
will fill in | will fill in later | will fill this in later | fill in later | coming soon
work in progress | in progress | more to come | details to follow | watch this space
see title | see the title | see pr title | as title | as titled | as per title | per title
as in title | as in the title | same as title | same as the title | title | title says it all
the title says it all | wisott | what it says on the tin | self explanatory | obvious
self-explaining | speaks for itself | see above | see below | as above | same as above
as described above | same as before | same as below | see description | see summary | see code
see the code | see diff | see the diff | see commit | see commits | see commit message | see pr
see issue | see the issue | see linked issue | see ticket | see the ticket | see jira
see changes | same | ditto | idem | asap | etc | blah | bla | foo | bar | foo bar | foo bar baz
foobar | baz | test | testing | test test | example | sample | dummy | placeholder | filler
some text | text | text here | your text | your text here | insert | insert here | insert text
insert text here | add text here | add here | add description | add a description
description | description here | no description | no description provided | describe here
write here | write me | write something | type here | enter text | enter text here | fill me
fill me in | fill in | fill this in | fill this | fill in here | change me | changeme
replace me | delete me | something | whatever | anything | stuff | things | misc | lorem
lorem ipsum | lorem ipsum dolor | lorem ipsum dolor sit amet
lorem ipsum dolor sit amet consectetur adipiscing elit
asd | asdf | asdfg | asdfgh | asdfghjkl | sdf | sdfg | dfg | fgh | jkl | hjkl | jklö | qwe
qwer | qwert | qwerty | qwertz | azerty | zxc | zxcv | zxcvbn | yxcv | abc | abcd | lkj | fdsa
123abc | abc123
keine | keiner | keines | kein | keine angabe | k. A. | nichts | entfällt | nicht zutreffend
nicht anwendbar | nicht relevant | siehe titel | siehe oben | s. o. | siehe ticket | unbekannt
offen | folgt | kommt noch | wird nachgereicht | noch offen | dito | trifft nicht zu
aucun | aucune | néant | rien | sans objet | non applicable | voir titre | voir le titre
voir ci-dessus | à définir | à compléter | à venir | à faire | inconnu
ninguno | ninguna | nada | no aplica | n/d | por definir | por determinar | pendiente
ver título | ver el título | ver arriba | sin definir | desconocido | no corresponde
nenhum | nenhuma | não se aplica | não aplicável | a definir | ver o título | igual ao título
sem descrição | pendente | desconhecido
nessuno | nessuna | niente | nulla | da definire | non applicabile | vedi titolo | da fare
geen | niet van toepassing | n.v.t. | nvt | zie titel | onbekend | ingen | inga | inget
ikke relevant | ei ole | brak | nie dotyczy | do ustalenia | není | žádné | nincs | yok | belirsiz
нет | неприменимо | не применимо | н/д | н/п | отсутствует | см. заголовок | смотри заголовок
неизвестно | потом | позже | ничего | немає | не застосовується | няма | κανένα | τίποτα
없음 | 해당 없음 | 해당사항 없음 | 미정 | 추후 작성 | 제목 참조 | 상동 | 모름
なし | 無し | ナシ | ない | 特になし | 特に無し | 該当なし | 未定 | 未記入 | 不明 | 同上 | 後で
あとで | タイトル通り | タイトルの通り | タイトル参照 | テスト | 〇〇 | nashi
无 | 無 | 暂无 | 暫無 | 没有 | 沒有 | 待定 | 待补充 | 待補充 | 见标题 | 見標題 | 如题 | 如題
同标题 | 同標題 | 不适用 | 不適用 | 未知 | 略 | 测试 | 測試 | wu
لا يوجد | لا شيء | غير متوفر | غير محدد | غير معروف | لا ينطبق | ندارد | אין | לא רלוונטי
नहीं | कोई नहीं | लागू नहीं | पता नहीं | ไม่มี | ไม่ระบุ | không | không có | chưa có
tidak ada | belum ada | tiada
as discussed | as per discussion | see slack | see thread | see discussion | see comments
just because | because | because reasons | no reason | no problem | not a problem | why not
obviously | it is obvious | goes without saying | needed | it was needed | required | requested
as requested | per request | as agreed | see docs | above | no details | no context
nothing to add | nothing to see here | to be continued | not filled | left blank
intentionally left blank | this section is empty | blank | empty | skipped | n/a for this change
not applicable here | not relevant here | none needed | none required | done | fixed
keine beschreibung | kommt später | siehe commit | siehe beschreibung | steht im ticket
s. ticket | wie besprochen | siehe pr | siehe issue | selbsterklärend | noch zu klären
noch auszufüllen | wird ergänzt | zu ergänzen | bitte ausfüllen | platzhalter | leer | wie oben
nicht bekannt
pas de description | aucune description | voir le ticket | voir ticket | voir commit
voir plus haut | rien à signaler | rien de particulier | comme discuté | non renseigné
à renseigner | à préciser | n.c | sans description | évident | plus tard | pas applicable
sin descripción | ver commit | ver ticket | ver issue | lo mismo | igual que arriba
por completar | a completar | más tarde | sin comentarios | no hay | no disponible
autoexplicativo | según lo hablado | no sé | en progreso
ver acima | a preencher | em andamento | não sei | não há | nada a declarar
conforme conversado | depois | mesmo que acima | não disponível | não informado
nessuna descrizione | vedi sopra | vedi ticket | da completare | come da titolo
см. выше | без описания | нет описания | см. тикет | не знаю | то же самое | будет позже
açıklama yok | başlığa bakınız
brak opisu | patrz tytuł | do uzupełnienia
記載なし | 後で書く | 後で書きます | 後日追記 | 追記予定 | 上記の通り | 上記参照 | チケット参照
説明なし | なし 省略 | 特筆事項なし | 検討中 | 作成中 | 要確認 | 自明 | タイトルのとおり
以下同文 | ありません | とくになし | わからない
暂无描述 | 無描述 | 没有描述 | 稍后补充 | 后续补充 | 後續補充 | 见上 | 见描述 | 见代码 | 暂缺
待完善 | 进行中 | 没什么 | 不知道 | 不清楚 | 见标题即可 | 显而易见 | 参见标题 | 占位 | 待确认
待填写
problem | the problem | problem statement | outcome | expected outcome | outcomes | measurement
metric | metrics | baseline | target | audience | who it helps | motivation | rationale | context
background | summary | goal | goals | why | what | impact | benefits | success metrics
내용 없음 | 설명 없음 | 추후 작성 예정 | 추후 보완 | 위와 같음 | 티켓 참조 | 이슈 참조 | 작성 중
작성중 | 특이사항 없음 | 제목과 동일 | 제목 참고 | 비고 없음 | 나중에 | 모르겠음
"""

_OWNERS = """
me | myself | i | us | we | ourselves | you | them | author | the author | pr author | owner
the owner | metric owner | assignee | reviewer | reviewers | maintainer | maintainers | team
the team | my team | our team | whole team | the whole team | dev | devs | dev team
development team | developer | developers | the developers | engineer | engineers | engineering
engineering team | product team | product manager | pm | qa | someone | somebody | anyone
anybody | everyone | everybody | all | all of us | nobody | no one | noone | whoever | here
channel | name | your name | full name | username | user | user name | handle | your handle
your username | github handle | org/team | ich | wir | moi | nous | yo | nosotros | eu | я | мы
команда | 我 | 我们 | 私 | 自分 | チーム | 나 | 팀 | equipo | équipe | equipe
"""

# Letters that look like Latin ones (a hand-picked part of Unicode's confusables.txt).
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ", "ABEZHIKMNOPTYXaiknoptux")
_CYRILLIC = ("АВЕЅІЈКМНОРСТУХаеѕіјкопрстухԁһԛԝ", "ABESIJKMHOPCTYXaesijkonpctyxdhqw")
_SMALL_CAPITALS = ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")

# A whole sentence that only promises or declares: "TODO: fill this in before merging.", "TBD,
# waiting for product.", "To be filled in once product has answered.", "See the problem section."
_WHEN = (
    r"(?:by|until|once|when|after|before|as soon as|later|soon|shortly|tomorrow|asap|together with"
    r"|waiting|wait|pending|next|still|if|in a|in the next|for now|with)\b"
)
_ENDS = r"(?=\s*(?:$|[-:;,.!?()\[\]\u2013\u2014\u2026/]))"
_THING = (
    r"(?:this|that|it|me|here|more|everything|something"
    r"|(?:the |a |an |some |its |my |our )?(?:details?|description|section|numbers?|metrics?"
    r"|answers?|rest|text|context|problem|outcome|plan|info|information|explanation|measurement"
    r"|field|part))"
)
_WRITE = (
    r"(?:add|fill|write|update|provide|describe|complete|document|supply|do|come|follow|finish"
    r"|explain|specify|decide|define|measure|check|discuss|clarify|post|put)"
)
_WRITTEN = (
    r"(?:added|filled|written|updated|provided|described|completed|documented|supplied|done|decided"
    r"|determined|defined|discussed|confirmed|announced|clarified|specified|agreed|finished"
    r"|explained"
    r"|found out|measured)"
)
_THINGS = (
    "i we someone somebody the product will this that it me here more everything something a an "
    "some its my our detail details description section number numbers metric metrics answer "
    "answers rest text context problem outcome plan info information explanation measurement field "
    "part"
)
# Each pattern behind the words with which it begins, in scripts without spaces the first letters:
# it takes long to compile them all, and most answers begin with none of these words.
_DECLARED = (
    (
        "todo to tbd tba tbc fixme",
        rf"[\[(]?(?:todo|to-do|tbd|tba|tbc|fixme)(?:{_ENDS}|\s+{_WHEN}|\s+{_WRITE}\b)",
    ),
    (
        "wip work",
        r"(?:wip|work in progress)\W+(?:will|to|more|please|still|not|tbd|todo|see)\b",
    ),
    (
        "coming follows to will",
        rf"(?:coming|follows|to follow|will come)\b\W*(?:$|(?:soon|later|next)(?:{_ENDS}"
        rf"|\s+{_WHEN})"
        r"|in (?:a|the|another|my) (?:next|later|follow|separate|second)\b|with (?:the|a) next\b)",
    ),
    (
        "honestly i we still not unsure don dont do no undecided",
        rf"(?:honestly,? )?(?:(?:i'm|i am|we're|we are|i|we|still) )*"
        rf"(?:not sure|unsure|don['\u2019]?t know|do not know|no idea|undecided)(?: yet)?{_ENDS}",
    ),
    (
        "this intentionally deliberately left",
        r"(?:this (?:section|field|part) (?:is |was )?)?(?:intentionally |deliberately )?left"
        r" (?:blank"
        r"|empty|out)\b",
    ),
    (
        "à a",
        r"[àa] (?:compl[ée]ter|d[ée]finir|remplir|renseigner|pr[ée]ciser|venir)"
        r"(?:\s*(?:$|[.!;:(])| (?:plus tard|apr[èe]s|avant|quand|d[èe]s|par|avec|ensuite)\b)",
    ),
    (
        "por a",
        r"(?:por|a) (?:definir|completar|determinar|rellenar|preencher|confirmar)"
        r"(?:\s*(?:$|[.!;:(])| (?:por|con|com|cuando|quando|despu[ée]s|depois|m[áa]s tarde|antes"
        r"|pel[oa])\b)",
    ),
    (
        "pendiente pendente",
        r"pend(?:iente|ente) de (?:definir|decidir|completar|confirmar|revisi[óo]n|respuesta"
        r"|resposta)\b",
    ),
    (
        "ist das noch",
        r"(?:ist |das ist )?noch (?:offen|unklar|auszufüllen|zu (?:klären|ergänzen|definieren"
        r"|tun|bestimmen))"
        r"(?:\s*(?:$|[-,.!;:(])| (?:bis|mit|nach|sobald|wenn)\b)",
    ),
    (
        "wird werden",
        r"(?:wird|werden) .{0,30}(?:nachgereicht|ergänzt|ausgefüllt|geklärt|nachgetragen)"
        r"(?:\W*$|,? (?:sobald|wenn|bis|nach|vor|mit)\b)",
    ),
    (
        "folgt kommt",
        r"(?:folgt|kommt) (?:noch|später|nach)(?:\s*(?:$|[.!;:(])| (?:dem|der|mit|wenn|sobald)\b)",
    ),
    (
        "待 稍 后 後 以",
        r"(?:待|稍后|稍後|后续|後續|以后再)(?:补充?|補充?|定|确认|確認|填写?|填寫?|完善|更新|讨论|討論)"
        r"(?=$|[\s,.:!，。！（(、：])",
    ),
    (
        "後 あ の 追",
        r"(?:後で|あとで|後日|のちほど|追って)(?:書|追記|記入|記載|更新|埋め).{0,12}$",
    ),
    (
        "추 나 이",
        r"(?:추후|나중에|이후)\s*(?:작성|추가|보완|업데이트|결정)\s*(?:예정|하겠|할|합니다|함|$|[.!])",
    ),
    (
        "still this yet to",
        rf"(?:still |this is |yet )?to be {_WRITTEN}(?: in)?(?:{_ENDS}|\s+{_WHEN})",
    ),
    (
        _THINGS,
        rf"(?:(?:i|we|someone|somebody|the team|product|{_THING})(?:'ll|\u2019ll| will| shall)"
        rf"|will)"
        rf" (?:be )?(?:{_WRITTEN}|{_WRITE})(?: in| out| up)?(?: {_THING})*(?: in)?"
        rf"(?:{_ENDS}|\s+{_WHEN})",
    ),
    (
        "need needs needss have haves has hass want wants",
        rf"(?:need|needs|have|has|want)s? to (?:be )?(?:{_WRITTEN}|{_WRITE})(?: in| up)?"
        rf"(?: {_THING})?(?:{_ENDS}|\s+{_WHEN})",
    ),
    (
        "please fill write add describe explain",
        rf"(?:please )?(?:fill|write|add|describe|explain) (?:in |out )?{_THING}(?: in| here)?"
        rf"(?:{_ENDS}|\s+{_WHEN})",
    ),
    (
        "please fill",
        rf"(?:please )?fill (?:in|out){_ENDS}",
    ),
    (
        "i we waiting pending",
        r"(?:(?:i am|we are|i'm|we're) )?(?:waiting|pending) (?:for|on|input|feedback|answer)\b"
        r"(?!.*\b(?:no longer|takes?|blocks?|costs?|means?|is|are|was|were|ends?|stops?)\b)",
    ),
    (
        "not",
        r"not (?:yet )?(?:decided|defined|determined|clear|written|available|ready|set)"
        rf"(?: yet)?{_ENDS}",
    ),
    (
        "it this that should is are",
        r"(?:it |this |that )?(?:should be|is|are) (?:self-?explanatory|obvious|clear)"
        r"(?: (?:from|by|enough)\b.{0,40})?\W*$",
    ),
)
_PLACES = (
    r"(?:title|subject|problem|outcome|description|summary|sections?|above|below|tickets?|issues?"
    r"|commits?|messages?|threads?|discussions?|conversation|docs?|document|spec|rfc|jira"
    r"|slack|linear"
    r"|confluence|notion|wiki|comments?|code|diff|pr|mr|pull request|merge request|body|details"
    r"|context|motivation|template|epic|story|bug|reports?|figma|design|readme|changelog"
    r"|there|here)"
)
_POINTED = (
    r"(?:please |pls |just )?(?:see|refer to|cf\.?|have a look at|look at|same as(?: in)?|as in"
    r"|as per|(?:as )?(?:described|covered|explained|stated|written|discussed|mentioned)"
    r"(?: above| below| elsewhere)? in"
    r"|copied from|(?:a )?copy of|identical to|(?:ditto|idem|same),? (?:see|as))"
    r"(?: (?:the|in|our|this|my|its|that|linked|attached|related|above|other|original|commit))*"
    rf" {_PLACES}\b"
    rf"(?:[\s,.;:!()]*(?:{_PLACES}|field|text|please|see|the|of|this|for"
    r"|(?:more )?(?:context|reasons?|information|info|background|explanation)|more|link"
    r"|linked|#\d+|[a-z]+-\d+|https?://\S+)\b)*"
    r"[\s,.;:!()]*"
)
# What a form asks, left or copied where the answer should stand: "What problem does this solve?",
# "Please describe the problem this PR solves.".
_ASKED = (
    r"(?:problem|outcome|motivation|rationale|background|context|reasons?|change|changes|pr|mr|patch"
    r"|pull request|merge request|purpose|impact|benefits?|measurement|success|issue|user|audience)"
)
_PROMPTS = (
    (
        "what which who why how",
        rf"(?:what|which|who|why|how)\b[^?.!]{{0,80}}\b(?:{_ASKED}|hurt|you know|we know"
        r"|has (?:it|this)|helps?|affected|needed|solved?|solves|measure)\b[^?.!]{0,60}\?\s*\Z",
    ),
    (
        "please briefly describe explain summarise summarize outline state",
        r"(?:please )?(?:briefly )?(?:describe|explain|summari[sz]e|outline|state)(?: in detail)?"
        rf" (?:what|why|how|who|(?:the|your|a|any) [^.!?]{{0,40}}\b{_ASKED}\b|{_ASKED}\b)"
        r"[^.!?]{0,80}[.!?]?\s*\Z",
    ),
    (
        "please provide add write give insert enter",
        r"(?:please )?(?:provide|add|write|give|insert|enter)(?: (?:a|an|the|your|some|any|more"
        r"|short|brief|clear|concise|detailed)){1,3} (?:description|summary|details?|explanation"
        r"|answer|problem|outcome|motivation)\b(?:[^.!?]{0,60}\b(?:change|pr|here|below|problem)\b"
        r"[^.!?]{0,20})?[.!?]?\s*\Z",
    ),
    (
        "someone somebody please",
        r"(?:someone|somebody),? please (?:fill|add|write|describe|complete)\b.{0,30}\Z",
    ),
    (
        "as",
        r"as (?:discussed|agreed|requested|talked about|decided)(?: (?:in|on|at|with|by|during"
        r"|earlier|before|yesterday|last|offline|internally)\b[^,;]{0,40})?[.!]?\s*\Z",
    ),
)
_SAYS_NOTHING = (
    *_DECLARED,
    *_PROMPTS,
    (
        "please pls just see refer cf have look same as described covered explained stated written "
        "discussed mentioned copied a copy identical ditto idem",
        rf"(?:{_POINTED})\Z",
    ),
)
# "N/A for this small refactoring": an answer that says, in more words, that there is none.
_NOTHING = (
    r"(?:n\s?/\s?a|n\.\s?a\.?|not applicable|not relevant|not needed|not required|none needed"
    r"|none required|nothing to (?:measure|say|add|report|see)"
    r"|no (?:metrics?|measurements?|outcomes?)|none|nil"
    r"|entfällt|nicht (?:zutreffend|relevant|nötig|erforderlich|anwendbar)|keine?"
    r"|sans objet|non applicable|pas (?:applicable|concerné|nécessaire)|aucune?"
    r"|no (?:aplica|procede|corresponde)|ningun[oa]|não (?:se aplica|aplicável)|nenhuma?"
    r"|不适用|不適用|不涉及|不需要|无|無|没有|該当なし|該当しない|特になし|なし|不要"
    r"|해당 ?없음|없음|불필요)"
    r"(?=\s*(?:$|[-:,;.(!\u2013\u2014\uff0c\uff08\u3002\u3001])"
    r"|\s+(?:for|here|as|since|in this|to this|at this|yet|needed|required|available|this"
    r"|da|weil|für|hier|bei|pour|ici|car|dans|a est[ea]|en est[ea]|aquí|porque|para|nest[ea]"
    r"|pois|aqui)\b)"
)
_DENIED = (
    (
        "n not nothing no none nil entfällt nicht kein keine sans non pas aucun aucune ninguno "
        "ninguna não nenhum nenhuma 不 无 無 没 該 特 な 해 없 불",
        _NOTHING,
    ),
)
_FIRST_WORD = re.compile(r"[\[(]?([^\W\d_]*)")
_LONGEST_NOTHING = 60  # characters, where no space parts the words
_SPACES_OF_SENTENCE = 3
_MOST_WORDS_OF_NOTHING = 14
# What bots, forges and git write below a text, each on a line of its own.
_REFERENCES = r"[^\s,]*[\d@#/][^\s,]*(?:[\s,]+[^\s,]*[\d@#/][^\s,]*)*,?"
# What bots, forges and git write, in groups behind the signs or words of which each line of the
# group holds one; most answers hold none of them.
_FOOTERS = (
    (
        ":",
        (
            r"[a-z][\w-]{0,30}-by:.*",
            r"(?:change-id|differential revision|reviewed[ -]on|reviewed[ -]by|git-svn-id"
            r"|gitorigin-revid"
            r"|piperorigin-revid|fbshipit-source-id|ghstack-source-id|commit-queue"
            r"|pull[ -]request[ -]resolved|cr-[\w-]+|x-[\w-]+):.*",
            r"(?:reviewers|subscribers|auditors|cc|cc'd|assignees|labels|tags):.{0,200}",
            r"release[- ]notes?:\s*(?:none|no|n/?a)\W*",
            r"(?:test|breaking change):\s.{0,120}",
            r"[a-z]+(?:-[a-z]+)+:\s*\S+",
            rf"(?:bugs?|tasks?|tickets?|issues?|jira|stack|depends on|test plan):\s+{_REFERENCES}",
            r"link to \w+ (?:run|session|task):.*",
            r"[^\w\s]+\s*(?:schedule|automerge|rebasing|ignore|immortal):.*",
        ),
    ),
    (
        "picked from | @ | / | #",
        (
            r"\(cherry[- ]picked from [^()]*\)",
            r"(?:cc|ptal):?\s+@[\w/.-]+(?:[\s,]+(?:@[\w/.-]+|please|and|ptal))*",
            r"@[\w/.-]+ (?:please )?(?:rebase|recreate|review|merge|squash and merge|retest"
            r"|test)\b.{0,60}",
            r"/[a-z][a-z-]{1,30}(?:\s+[\w@./:-]+){0,6}",
            r"[\W_]*#\d+",
            r"r\? @[\w-]+",
            r"#{1,6} (?:configuration|walkthrough|summary by \S+|release notes)",
            r"@(?:coderabbitai|copilot|sourcery-ai|codex|claude|gemini-code-assist)\b.{0,60}",
        ),
    ),
    (
        (
            "auto | cherry | summary by | generated | created | made | written | built | opened "
            "| posted | drafted "
            "| reviewed | powered | assisted | summari | skip | dependabot | renovate | sent "
            "from my | backport | generating | preparing | reviewing | requested | reported | "
            "triggered | view | stack | bors | mergify | homu | rustbot | because | [vc] | "
            "the latest updates | this change is | codecov | quality gate | preview | have "
            "signed"
        ),
        (
            r"auto-?(?:merge|merged|submit|submitted)\b.*",
            r"summary by \w+",
            r"[^\w\s]*\s*(?:stack )?(?:auto-?generated|automatically generated|generated|created"
            r"|made"
            r"|written|built"
            r"|opened|posted|drafted|reviewed|powered|assisted|summari[sz]ed)(?: automatically)?"
            r" (?:with|by|using|via|from) \S+(?:\s+\S+){0,6}",
            r"[^\w\s]*\s*(?:note:? )?(?:this|the) (?:(?:pr|mr|pull request|merge request|commit"
            r"|change|patch) (?:description|text|message)"
            r"|pr|mr|pull request|merge request|commit|change|patch|description"
            r"|summary|text|message)"
            r" (?:was|has been|is) (?:auto-?|automatically )?(?:generated|created|opened"
            r"|written|made)"
            r"(?: automatically)? (?:with|by|using|via|from) \S+(?:\s+\S+){0,8}",
            r"\[?skip[- ]ci\]?|\[ci skip\]",
            r"(?:dependabot|renovate) (?:will|can|commands).*",
            r"sent from my .*",
            r"(?:this is an? )?(?:automatic|automated|manual)? ?(?:backports?|cherry[- ]?picks?)"
            r" (?:of |from )?[#\w./-]*\d[\w.]*"
            r"(?: (?:to|from|onto|into) .{1,40})?",
            r"\w+(?: \w+){0,3} is (?:generating|preparing|reviewing|summari[sz]ing) .{0,120}",
            r"(?:requested|created|opened|reported|triggered) by:? @?[\w\[\]./-]+",
            r"[^\w\s]*\s*view (?:stack|in|on|changes|run|session).{0,60}",
            r"(?:stack from|this stack of pull requests is managed by) .*",
            r"@?(?:bors|mergify|mergifyio|dependabot|renovate|homu|rustbot) \S.{0,60}",
            r"(?:note:? )?you are (?:seeing|receiving) this because .*",
            r"\[vc\]:.*|the latest updates on your projects.*",
            r"this change is\W*",
            r"(?:codecov report|quality gate (?:passed|failed)|deploy(?:ment)? preview (?:for"
            r"|ready)"
            r"|all (?:committers|contributors) have signed)\b.*",
        ),
    ),
)
_FIELD = later(r"(?:bug|bugs|test|tested|branch|cq-depend|depends|status)=.*")
_RULE = later(r"[-*_=\s]*")
_DRESSING = later(r"<!--.*?-->|</?[A-Za-z][^<>]*>|!\[[^\[\]]*\]\([^()\s]*\)|[*`~]+")
_LINKED = later(r"\[([^\[\]]*)\]\([^()\s]*\)")
_MARKERS = later(r"^[\s>]*(?:[-*+]\s+|\d{1,3}[.)]\s+)?")
# A slot that somebody began to fill: `<what is counted> goes from 5 to 3`.
_SLOT_LEFT = later(
    r"(?<![^\s(\[\"'])<(?:[a-z][a-z'\u2019-]*(?:,? [a-z'\u2019-]+){1,14}"
    r"|metric|baseline|target|date|audience|change|outcome|problem|number|day|owner|reason|who|what"
    r"|why|when|value)[?.]?>"
)
_PROMPT_LEFT = later(
    r"\[(?:describe|insert|fill in|enter|write|explain|your|add your) [^\[\]`]{2,80}\](?![(\[:])"
    r"|\((?:please )?(?:fill (?:this |me )?(?:in|out)"
    r"|to be (?:filled in|added|done|decided|defined)"
    r"|tbd|todo|your answer)\)",
    re.IGNORECASE,
)
_CODE_SPAN = later(r"`[^`\n]*`")

_INSTRUCTION_VERBS = (
    "add choose describe enter explain fill give insert list name optional placeholder please "
    "provide put replace select specify state tell todo type write your"
)
_INSTRUCTIONS = frozenset(_INSTRUCTION_VERBS.split())
_TAG_NAMES = (
    "a abbr address area article aside audio b bdi bdo blockquote body br button canvas caption "
    "center cite code col colgroup data dd del details dfn dialog div dl dt em embed fieldset "
    "figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input "
    "ins kbd label legend li link main map mark meta nav noscript object ol option output p "
    "picture pre progress q rp rt ruby s samp script section select small source span strong "
    "style sub summary sup svg table tbody td template textarea tfoot th thead time title tr "
    "track tt u ul var video wbr"
)
_HTML_TAGS = frozenset(_TAG_NAMES.split())
_JOINTS = frozenset(
    ("and", "at", "by", "for", "from", "in", "of", "on", "or", "per", "to", "until")
)
_LONGEST_FOOTER = 300
_SHORTEST_RULE = 3
# The phrases of the lexicon are at most a quarter as long.
_LONG = 400
_LEAST_REPEATED = 8
_ENOUGH = 4  # times that a letter is repeated
_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())
_LONGEST_SLOTS = 2_000  # characters; nobody prepares more than that to be filled in
_SLOT = r"<[^<>]*>|\[[^\[\]]*\](?!\()|\$?\{\{?[\w .?-]*\}?\}"


def compact(text: str) -> str:
    """Return the letters and digits of a text, case-folded, without accents and spaces.

    Width and style variants fold as in Unicode's NFKD ("ＴＢＤ" is "tbd").
    """
    if text.isascii():
        return text.lower().encode().translate(None, _SIGNS).decode()
    letters = "".join(filter(str.isalnum, text))
    if letters.isascii():
        return letters.casefold()
    return "".join(filter(str.isalnum, normalize("NFKD", letters))).casefold()


def skeleton(text: str) -> str:
    """Return the text with Greek, Cyrillic and small capital look-alikes as Latin letters."""
    return text if text.isascii() else text.translate(_look_alikes())


def is_listed(text: str, *, owner: bool = False) -> bool:
    """Tell whether a text is a phrase of the lexicon, once or repeated, or one letter repeated.

    With `owner` the phrases that name nobody in particular ("the team") count as well.
    """
    lexicon = _owner_lexicon() if owner else _lexicon()
    spellings = (text,) if text.isascii() else (text, skeleton(text))
    if len(text) > _LONG and not any(_may_be_repeated(s[:_LONG]) for s in spellings):
        return False
    forms = {compact(_repeated(spelling)) for spelling in spellings}
    return any(form in lexicon or _is_repetition(form, lexicon) for form in forms)


def _repeated(text: str) -> str:
    """Return what a long text repeats, some times, or nothing of one that repeats nothing.

    NFKD makes eighteen letters of one (U+FDFA), so few are left to it.
    """
    if len(text) <= _LONG or text.isascii():
        return text
    letters = "".join(filter(str.isalnum, text)).casefold()
    period = (letters + letters).find(letters, 1)
    return letters[: period * _ENOUGH] if 0 < period <= _LONG else ""


def _may_be_repeated(beginning: str) -> bool:
    """Tell whether a text may repeat a phrase of the lexicon, none of which is half as long."""
    head = compact(beginning)
    start = head[:_LEAST_REPEATED]
    return len(head) < _LONG // 2 or head.find(start, 1) > 0


def listed_phrases() -> frozenset[str]:
    """Return the lexicon: each phrase as `compact` gives it."""
    return _lexicon()


def is_slot(text: str) -> bool:
    """Tell whether a text is wholly made of slots to fill: `<...>`, `[insert ...]`, `{{...}}`.

    Prepositions may join them ("<metric> by <date>"). HTML tags, autolinks and mail addresses
    in angle brackets are no slots.
    """
    if len(text) > _LONGEST_SLOTS or not ("<" in text or "[" in text or "{" in text):
        return False
    rest = re.sub(_SLOT, _blank_slot, text)
    return rest != text and all(word in _JOINTS for word in re.findall(r"[^\W_]+", rest.casefold()))


def has_slot_left(markdown: str) -> bool:
    """Tell whether a text still holds one of the slots that a template gives to fill in."""
    if ("(" in markdown or "[" in markdown) and _PROMPT_LEFT.search(markdown):
        return True
    if "<" not in markdown:
        return False
    found = _SLOT_LEFT.finditer(_CODE_SPAN.sub("", markdown))
    return any(slot[0].strip("<>?.").split(" ")[0] not in _HTML_TAGS for slot in found)


def declares_nothing(sentence: str) -> bool:
    """Tell whether a whole sentence only declares that an answer is missing, or is elsewhere.

    "TODO: fill this in before merging." is one, and "See the problem section."; "TODO comments
    pile up" and "None of the exports is whole" are none.
    """
    return _begins_as(_SAYS_NOTHING, sentence.strip(" \t\n*_>-").casefold())


def denies(text: str) -> bool:
    """Tell whether a text says that nothing applies, alone or in a few words more."""
    plain = text.strip(" \t\n*_>-").casefold()
    if not _begins_as(_DENIED, plain):
        return False
    if not plain.isascii() and plain.count(" ") < _SPACES_OF_SENTENCE:
        return len(plain) <= _LONGEST_NOTHING
    return len(plain.split()) <= _MOST_WORDS_OF_NOTHING


@lru_cache(maxsize=64)
def is_written_by_tools(markdown: str) -> bool:
    """Tell whether bots, forges or git write each line of a text: footers, commands."""
    said = False
    for line in markdown.split("\n"):
        words = _LINKED.sub(r"\1", _DRESSING.sub("", line))
        words = _MARKERS.sub("", words).strip(" \t_")
        if not words or _RULE.fullmatch(words):
            continue
        if len(words) > _LONGEST_FOOTER or not is_footer(words):
            return False
        said = True
    return said


def is_footer(line: str) -> bool:
    """Tell whether a line, without its Markdown, is written by a tool or for one."""
    text = line.strip().rstrip(".").casefold()
    if len(text) >= _SHORTEST_RULE and _RULE.fullmatch(text):
        return True
    if "=" in text and _FIELD.fullmatch(text):
        return True
    return any(
        pattern.fullmatch(text)
        for words, pattern in _footers()
        if any(word in text for word in words)
    )


@cache
def _footers() -> list[tuple[list[str], re.Pattern[str]]]:
    return [
        (words.split(" | "), later("|".join(f"(?:{pattern})" for pattern in patterns)))
        for words, patterns in _FOOTERS
    ]


def _begins_as(rows: tuple[tuple[str, str], ...], text: str) -> bool:
    """Tell whether a case-folded text begins as one of some patterns says."""
    first = _FIRST_WORD.match(text)
    word = first[1] if first else ""
    known = _by_first_word(rows)
    return any(pattern.match(text) for pattern in known.get(word) or known.get(word[:1]) or ())


@cache
def _by_first_word(rows: tuple[tuple[str, str], ...]) -> dict[str, list[re.Pattern[str]]]:
    found: dict[str, list[re.Pattern[str]]] = {}
    for words, written in rows:
        pattern = later(written)
        for word in words.split(" "):
            found.setdefault(word, []).append(pattern)
    return found


def _blank_slot(match: re.Match[str]) -> str:
    group = match.group()
    is_empty_slot = group[0] in "{$" or _SLOT_TESTS[group[0]](group[1:-1].strip())
    return " " if is_empty_slot else group


def _is_angle_slot(inner: str) -> bool:
    is_markup = inner.endswith("/") or any(sign in inner for sign in ("@", "=", "://"))
    return inner[:1].isalpha() and not is_markup and inner.casefold() not in _HTML_TAGS


def _is_square_slot(inner: str) -> bool:
    first = re.match(r"\w*", inner.casefold())
    return (first is not None and first.group() in _INSTRUCTIONS) or is_listed(inner)


_SLOT_TESTS = {"<": _is_angle_slot, "[": _is_square_slot}


def _is_repetition(form: str, lexicon: frozenset[str]) -> bool:
    period = (form + form).find(form, 1)
    if not 0 < period < len(form):
        return False
    return form[:period] in lexicon or (period == 1 and len(form) >= _ENOUGH and form[0].isalpha())


@cache
def _lexicon() -> frozenset[str]:
    return _entries(_PHRASES)


@cache
def _owner_lexicon() -> frozenset[str]:
    return _entries(_PHRASES) | _entries(_OWNERS)


@cache
def _look_alikes() -> dict[int, int]:
    pairs = (_GREEK, _CYRILLIC, _SMALL_CAPITALS)
    return {key: value for pair in pairs for key, value in str.maketrans(*pair).items()}


def _entries(phrases: str) -> frozenset[str]:
    return frozenset(compact(phrase) for line in phrases.split("\n") for phrase in line.split("|"))

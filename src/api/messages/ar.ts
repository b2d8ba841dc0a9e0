import type { Messages } from './index.ts'

export const ar: Messages = {
  wholeRequest: 'الطلب',
  accounts: {
    cash: 'النقدية',
    bank: 'البنك',
    card_clearing: 'تسويات البطاقات',
    cheques: 'شيكات تحت التحصيل',
    mobile_money: 'النقود عبر الهاتف',
    client_bank: 'أموال العملاء في البنك',
    receivable: 'الذمم المدينة',
    allowance_doubtful: 'مخصص الديون المشكوك فيها',
    tax_payable: 'الضريبة المستحقة',
    customer_credit: 'أرصدة العملاء الدائنة',
    customer_wallets: 'محافظ العملاء',
    client_money_payable: 'أموال العملاء المستحقة',
    commission_payable: 'العمولات المستحقة',
    sales_revenue: 'إيرادات المبيعات',
    commission_income: 'إيرادات العمولات',
    usage_revenue: 'إيرادات الاستخدام',
    sales_returns: 'مردودات المبيعات',
    usage_refunds: 'مردودات الاستخدام',
    bad_debts_recovered: 'ديون معدومة محصلة',
    commission_expense: 'مصروف العمولات',
    bad_debt_expense: 'مصروف الديون المعدومة',
  },
  titles: {
    400: 'الطلب غير صالح',
    401: 'يرجى التعريف بنفسك',
    403: 'غير مسموح',
    404: 'غير موجود',
    408: 'أُرسل ببطء شديد',
    409: 'يتعارض مع ما هو موجود',
    412: 'تغيّر في هذه الأثناء',
    413: 'أكبر من المسموح',
    415: 'ليس JSON',
    421: 'تخدمه عملية أخرى',
    422: 'رفضته قاعدة',
    429: 'طلبات كثيرة',
    431: 'الترويسات كبيرة',
    500: 'خطأ من جهتنا',
    503: 'غير متاح في هذه اللحظة',
  },
  details: {
    REQUEST_MALFORMED: 'الطلب يخالف قواعد HTTP ({reason}). راجع عنوانه وترويساته وطوله.',
    REQUEST_TIMED_OUT:
      'لم يصل الطلب كاملًا في الوقت المحدد. أعد إرساله عبر اتصال أسرع أو على أجزاء أصغر.',
    HEADERS_TOO_LARGE:
      'العنوان والترويسات معًا أكبر من {limit} بايت. أرسل عنوانًا أقصر وترويسات أقل.',
    BODY_NOT_JSON:
      'المحتوى ليس JSON صالحًا بترميز UTF-8؛ توقفت القراءة عند الحرف {position}. أصلحه هناك وأعد إرساله.',
    BODY_TOO_DEEP: 'المحتوى متداخل أكثر من {limit} مستوى. أرسل المستند كما هو موصوف في /api/docs.',
    BODY_KEY_FORBIDDEN: 'في المحتوى مفتاح {key} وهو غير مقبول أبدًا. احذفه.',
    REQUEST_INVALID: 'بعض الحقول تخالف قاعدة. أصلح كل حقل مذكور في errors ثم أعد الإرسال.',
    CURSOR_INVALID:
      'المؤشر cursor لم يصدر لهذه القائمة. خذه من meta.nextCursor أو من ترويسة Link مع المرشحات نفسها، أو اتركه لتبدأ من الأول.',
    POSITION_INVALID:
      'القيمة min_position ليست موضعًا في هذا السجل. أرسل قيمة ترويسة Daybook-Position أو اتركها.',
    KNOWN_AT_NOT_HONOURED:
      'هذا العنوان يجيب بالحال الراهنة فقط ولا يأخذ known_at في الحسبان. اتركه، أو اسأل أحد هذه العناوين: {reads}.',
    KNOWN_AT_AFTER_HEAD:
      'القيمة known_at هي {known_at} ولم تأتِ بعد: ينتهي سجل المنظمة عند {head}. أرسل {head} أو أقل، أو لحظة مضت.',
    IDEMPOTENCY_KEY_INVALID:
      'يجب أن تكون Idempotency-Key من 1 إلى 255 حرف ASCII قابلًا للطباعة. أرسل مفتاحًا كهذا، مثل UUID.',
    REASON_INVALID:
      'يجب أن تكون X-Reason من 1 إلى {limit} حرف، وما ليس ASCII يُرمَّز بترميز النسبة المئوية لـ UTF-8. اذكر فيها سبب اطلاعك، أو اتركها حيث لا تُطلب.',
    IF_MATCH_INVALID:
      'يجب أن تكون If-Match قيمة ETag واحدة كما أُجيب بها، مثل "3". أرسلها كذلك أو اتركها.',
    UNAUTHENTICATED: 'ترويسة Authorization مفقودة. أرسل الترويسة Authorization: Bearer <token>.',
    TOKEN_UNKNOWN: 'رمز الدخول غير معروف. تحقق منه أو اطلب من المالك رمزًا جديدًا.',
    ACCESS_TOKEN_ENDED:
      'رمز الوصول هذا غير سارٍ أو لم يعد ساريًا: يدوم كل رمز 15 دقيقة، ولا يدوم أطول من جلسته. خذ غيره بـ POST /api/auth/refresh أو سجّل الدخول من جديد.',
    FORBIDDEN:
      'الدور {role} لا يسمح بهذا؛ يلزم الإذن {permission}. اطلب ممّن يمنح الأدوار هنا دورًا يسمح به.',
    SCOPE_MISSING: 'لم يُمنح هذا المفتاح الإذن {permission}. اطلب من المالك مفتاحًا يشمله نطاقه.',
    PERSONAL_DATA_MASKED:
      '{field} يبحث أو يرتّب بحسب بيانات شخصية محجوبة عنك. اتركه وحدّد ما تبحث عنه بمعرّفه أو رقمه، أو اطلب من المالك كشفها لمدة (POST /api/unmaskings).',
    API_KEY_EXPIRED: 'انتهت صلاحية مفتاح API هذا. اطلب من المالك مفتاحًا جديدًا.',
    API_KEY_REVOKED: 'أُلغي مفتاح API هذا. اطلب من المالك مفتاحًا جديدًا.',
    ROUTE_UNKNOWN: 'لا يوجد {method} {path}. قائمة كل العناوين في /api/docs.',
    SERVED_ELSEWHERE:
      'هذه العملية تشغّل الإسقاطات والعمليات الداخلية فقط. أرسل {method} {path} إلى عملية دورها api أو all.',
    IDEMPOTENCY_IN_FLIGHT:
      'ما زال العمل جاريًا على طلب بهذا المفتاح Idempotency-Key. انتظر قليلًا ثم أعد إرساله بالمفتاح نفسه.',
    BODY_TOO_LARGE:
      'المحتوى أكبر من {limit} بايت. أرسل أقل في المرة الواحدة: قسّم المستند أو احذف سطورًا.',
    MEDIA_TYPE_NOT_SUPPORTED:
      'يجب أن يكون المحتوى JSON. أرسله مع الترويسة Content-Type: application/json.',
    LOG_UNAVAILABLE:
      'لم يجب السجل في الوقت المحدد. أعد إرسال الطلب نفسه بعد {seconds} ثانية؛ مع المفتاح Idempotency-Key نفسه لا يحدث شيء مرتين.',
    LOG_MOVING:
      'يُنقل السجل إلى مخزن آخر، ولا يُكتب شيء لبضع ثوان. أعد إرسال الطلب نفسه بعد {seconds} ثانية؛ مع المفتاح Idempotency-Key نفسه لا يحدث شيء مرتين.',
    LOG_MOVED:
      'انتقل السجل إلى {place}، وما زال هذا الخادم على الإعداد القديم: لا يكتب شيئًا. أرسل الطلب نفسه إلى خادم بالإعداد الجديد، أو أعد إرساله بعد تشغيل هذا الخادم من جديد.',
    DATABASE_UNAVAILABLE:
      'لا يمكن الوصول إلى قاعدة البيانات. أعد إرسال الطلب نفسه بعد {seconds} ثانية؛ مع المفتاح Idempotency-Key نفسه لا يحدث شيء مرتين.',
    KEY_UNAVAILABLE:
      'لا يمكن فتح البيانات الشخصية هنا: ينقص هذا الخادمَ مفتاحٌ رئيسي. لم يُمحَ شيء. أعد إرسال الطلب نفسه بعد {seconds} ثانية، عندما يعطيه مشغّل الخادم المفتاح الذي يسميه سجله.',
    SHUTTING_DOWN: 'الخادم قيد الإيقاف. أعد إرسال الطلب نفسه بعد {seconds} ثانية.',
    INTERNAL_ERROR:
      'حدث خطأ من جهتنا وهو في سجلاتنا تحت رقم الطلب {requestId}. حاول مرة أخرى، وأخبرنا بالرقم إن استمر.',
    FIELD_REQUIRED: 'الحقل {field} مفقود. أرسله.',
    FIELD_UNKNOWN: '{field} ليس من حقول هذا الطلب. احذفه أو راجع كتابته.',
    FIELD_REPEATED: 'أُرسل الحقل {field} أكثر من مرة. أرسله مرة واحدة.',
    TYPE_WRONG: 'نوع الحقل {field} غير صحيح. أرسله بالنوع: {expected}.',
    TEXT_TOO_SHORT: 'الحقل {field} أقصر من اللازم. أرسل نصًا طوله {limit} أو أكثر.',
    TEXT_TOO_LONG: 'الحقل {field} أطول من اللازم. أرسل {limit} حرفًا على الأكثر.',
    TEXT_UNSTORABLE: 'في الحقل {field} حرف ليس نصًا (NUL أو نصف زوج). احذف ذلك الحرف.',
    VALUE_NOT_ALLOWED: 'يجب أن يكون الحقل {field} واحدًا من: {allowed}. أرسل واحدًا منها.',
    FORMAT_WRONG: 'الحقل {field} ليس مكتوبًا كما يجب. أرسله هكذا: {example}.',
    NUMBER_TOO_SMALL: 'الحقل {field} أصغر من اللازم. أرسل {limit} أو أكثر.',
    NUMBER_TOO_LARGE: 'الحقل {field} أكبر من اللازم. أرسل {limit} أو أقل.',
    NUMBER_NOT_WHOLE: 'يجب أن يكون الحقل {field} عددًا صحيحًا. أرسله بلا كسور ولا أس.',
    NUMBER_NOT_EXACT:
      'قيمة الحقل {field} هي {text}، وهو عدد بأس وليس دقيقًا. اكتب كل الأرقام أو أرسل نصًا عشريًا مثل "12.50".',
    LIST_TOO_SHORT: 'عناصر الحقل {field} أقل من اللازم. أرسل {limit} على الأقل.',
    LIST_TOO_LONG: 'عناصر الحقل {field} أكثر من اللازم. أرسل {limit} على الأكثر.',
    INSTANT_INVALID:
      'الحقل {field} ليس لحظة زمنية. أرسله مع منطقته الزمنية، مثل 2026-02-28T09:30:00Z.',
    KNOWN_AT_INVALID:
      'الحقل {field} ليس رقمًا ترتيبيًا للمنظمة ولا لحظة زمنية. أرسل عددًا مثل 1042 أو لحظة مع منطقتها الزمنية مثل 2026-02-28T09:30:00Z.',
    MONEY_INVALID:
      'الحقل {field} ليس مبلغًا. أرسل {"amount": "12.50", "currency": "SAR"} أو نصًا عشريًا أو عددًا.',
    EMAIL_INVALID: 'الحقل {field} ليس عنوان بريد إلكتروني. أرسل عنوانًا مثل name@example.com.',
    FIELD_INVALID: 'الحقل {field} غير صالح. راجع ما يجب أن يكون في /api/docs.',
    COMMAND_EXPECTED:
      '{method} {path} ليس أمرًا. لا تحمل الدفعة إلا أوامر الكتابة، كلًّا كما يُرسل وحده، ولا تحمل دفعة أخرى؛ أرسل هذا في طلب مستقل.',
    BULK_INTERRUPTED:
      'لم يبدأ تنفيذ هذا الأمر: نتيجة أمر قبله غير معروفة أو انتهى الوقت. أعد إرسال الدفعة بعد {seconds} ثانية؛ بالمفاتيح نفسها لا يحدث شيء مرتين.',
    RATE_LIMITED: 'وصل أكثر من {limit} طلب خلال دقيقة. أعد إرسال الطلب نفسه بعد {seconds} ثانية.',
    TOO_BUSY: 'طلبات كثيرة في الانتظار. أعد إرسال الطلب نفسه بعد {seconds} ثانية.',
    AMOUNT_INVALID:
      'قيمة الحقل {field} هي {value} وليست عددًا عشريًا بسيطًا. أرسل أرقامًا بفاصلة واحدة على الأكثر، مثل 12.50.',
    AMOUNT_TOO_MANY_DECIMALS:
      'قيمة الحقل {field} هي {value}، وللعملة {currency} من الخانات العشرية {decimals}. قرّبها وأعد إرسالها.',
    AMOUNT_OUT_OF_RANGE:
      'الحقل {field} خارج النطاق: يجب أن تكون المبالغ أقل من {limit} {currency}. أرسل مبلغًا أصغر.',
    AMOUNT_NEGATIVE:
      'الحقل {field} أقل من الصفر. أرسل مبلغًا بلا إشارة سالبة؛ فلاسترداد المبالغ أمر خاص به.',
    AMOUNT_ZERO: 'قيمة الحقل {field} صفر. أرسل مبلغًا أكبر من الصفر.',
    CURRENCY_UNKNOWN: 'الحقل {field} لا يذكر عملة من ISO 4217. أرسل حروفها الثلاثة، مثل SAR.',
    CURRENCY_MISMATCH:
      'الحقل {field} بعملة {given} والمتوقع هنا {expected}. أرسل المبلغ بعملة {expected}.',
    DECIMAL_INVALID:
      'الحقل {field} ليس عددًا عشريًا دقيقًا من 18 رقمًا على الأكثر قبل الفاصلة و12 بعدها. اكتبه مثل "12.5".',
    RATE_INVALID:
      'قيمة الحقل {field} هي {rate}، والنسبة المئوية من 0 إلى 100. أرسلها مثل "2.5" بمعنى 2.5 %.',
    DATE_INVALID: 'الحقل {field} ليس يومًا موجودًا. أرسله بالشكل YYYY-MM-DD، مثل 2026-02-28.',
    DATE_IN_FUTURE: 'قيمة الحقل {field} هي {date} ولم يأت بعد؛ اليوم {today}. أرسل يومًا مضى.',
    DATE_TOO_EARLY:
      'قيمة الحقل {field} هي {date}، قبل الواقعة التي يتبعها ({earliest}). أرسل {earliest} أو يومًا بعده.',
    RANGE_INVALID:
      'قيمة الحقل {field} هي {from}، وهي بعد {to} حيث تنتهي المدة. أرسل بداية أسبق أو نهاية لاحقة.',
    RANGE_TOO_LONG:
      'الأيام من {from} إلى {to} أكثر من {limit} يومًا. اطلب المدة الأطول في عدة طلبات.',
    TIME_ZONE_UNKNOWN: '{timeZone} ليست منطقة زمنية. أرسل اسمًا من قائمة IANA، مثل Asia/Riyadh.',
    DOCUMENT_EMPTY: 'ليس في المستند مبلغ ولا سطر. أرسل أحدهما.',
    DOCUMENT_AMOUNT_AND_LINES:
      'في المستند مبلغ وسطور معًا. احذف أحدهما: السطور هي التي تكوّن المبلغ.',
    DOCUMENT_TOO_MANY_LINES: 'لا يتسع المستند لأكثر من {limit} سطر. قسّمه إلى عدة مستندات.',
    DOCUMENT_TOO_MANY_TAX_CODES:
      'لا يتسع المستند لأكثر من {limit} رمز ضريبي. قسّمه إلى عدة مستندات.',
    DOCUMENT_TOO_LARGE:
      'لا يتسع المستند الواحد عند حفظه لأكثر من {limit} بايت. قسّمه إلى عدة مستندات أو اختصر نصوصه.',
    DOCUMENT_DIFFERS:
      'سُجّل المستند {number} من {system} من قبل بمحتوى آخر. أرسل ما سُجّل أو صحّحه بمستند مستقل.',
    TAX_CODE_UNKNOWN:
      'لا نسبة للرمز الضريبي {taxCode} في هذا المستند. أضفه إلى taxRates مع نسبته أو صحّح الرمز.',
    REFUND_METHOD_REQUIRED:
      'الحقل refundMethod مفقود: بلا عميل لا يوجد رصيد دائن. حدّد كيف تُرد النقود.',
    REFUND_METHOD_NOT_ALLOWED:
      'يجب ترك الحقل refundMethod: مع وجود عميل تصبح النقود رصيدًا دائنًا يُرد بطلب خاص به.',
    API_KEY_UNKNOWN: 'لا يوجد مفتاح API بالمعرّف {apiKeyId}. تحقق من المعرّف في قائمة مفاتيح API.',
    SCOPE_NOT_ALLOWED:
      'لا يمكن منح مفتاح بدور {role} الإذن {scope}: ليس للدور هذا الإذن، أو ليس لك. احذفه من {field} أو اختر دورًا آخر.',
    API_KEY_EXPIRY_PAST: 'يجب أن يكون {field} بعد الآن، {now}. أرسل وقتًا لاحقًا، أو احذف الحقل.',
    TIER_UNKNOWN: 'لا توجد شريحة عمولة {tier}. تحقق من معرّفها أو أنشئ الشريحة أولًا.',
    TIER_IN_USE:
      'شريحة العمولة {tier} مستخدمة. انقل وكلاءها إلى شريحة أخرى أو اختر شريحة افتراضية أخرى، ثم احذفها.',
    SIGN_IN_REQUIRED:
      'هذا مخصص لمن سجّل الدخول، وهذا الرمز ليس لمستخدم سجّل الدخول. سجّل الدخول في /api/auth/login وأرسل رمز الدخول الذي تحصل عليه.',
    ORGANISATION_EXISTS:
      'المنظمة {organisation} موجودة وأُعدّت بشكل آخر. غيّر إعداداتها أو اختر معرّفًا آخر.',
    ORGANISATION_UNKNOWN: 'لا توجد منظمة {organisation}. تحقق من معرّفها أو أنشئها أولًا.',
    USER_UNKNOWN: 'لا يوجد مستخدم كهذا. تحقق من المعرّف أو البريد الإلكتروني.',
    EMAIL_TAKEN: 'لمستخدم آخر هذا البريد الإلكتروني. أرسل بريدًا آخر أو استخدم ذلك المستخدم.',
    ORGANISATIONS_TOO_MANY:
      'يمكن للمستخدم الانتماء إلى {limit} منظمة على الأكثر. اترك إحداها أولًا.',
    USER_ERASED: 'المستخدم {userId} مُحي ولا يعود. سجّل الشخص من جديد بعد لحظة.',
    USER_STILL_MEMBER: 'جُعل المستخدم عضوًا في {organisation} من جديد في هذه اللحظة. امحه مرة أخرى.',
    USER_LAST_OWNER: 'لا مالك آخر للمنظمة {organisation}. اجعل عضوًا آخر مالكًا لها أولًا.',
    USER_SIGNS_IN_ALREADY:
      'هناك من يسجّل الدخول بهذا العنوان بالفعل، وقد يكون أي شخص أخذه. أضف --existing إن كان هو المقصود؛ أو نفّذ أولًا "daybook user reset" ليصير الحساب للشخص المقصود.',
    MEMBER_UNKNOWN: 'لا يوجد عضو {userId}. تحقق من المعرّف.',
    MEMBER_ALREADY: 'المستخدم {userId} عضو بالفعل. غيّر دوره بدلًا من ذلك.',
    MEMBERS_TOO_MANY: 'يمكن أن يكون للمنظمة {limit} عضو على الأكثر، مع المدعوين. أزل بعضهم أولًا.',
    LAST_OWNER: 'لا مالك آخر لهذه المنظمة. اجعل عضوًا آخر مالكًا لها أولًا.',
    ROLE_NOT_ALLOWED: 'لا يمكن منح الدور {role} هنا. أرسل دورًا آخر.',
    PASSWORD_TOO_SHORT:
      'كلمة المرور قصيرة جدًا. اختر واحدة من {least} حرفًا على الأقل؛ عدة كلمات يسهل تذكّرها.',
    PASSWORD_TOO_LONG: 'كلمة المرور طويلة جدًا. اختر واحدة من {most} حرفًا على الأكثر.',
    PASSWORD_TOO_COMMON:
      'كلمة المرور هذه مما يُجرَّب أولًا: معروفة، أو أرقام فقط، أو لا تزيد كثيرًا على اسمك أو بريدك. اختر عدة كلمات لا يتوقعها أحد.',
    PASSWORD_WRONG: 'كلمة المرور الحالية ليست هذه. أرسلها مرة أخرى.',
    SIGN_IN_FAILED:
      'البريد الإلكتروني أو كلمة المرور غير صحيحين. تحقق منهما أو اطلب رابطًا لتعيين كلمة المرور من جديد.',
    SIGN_IN_SLOWED: 'فشلت محاولات دخول كثيرة. حاول مرة أخرى بعد {seconds} ثانية.',
    EMAIL_CHANGES_SLOWED: 'كثرت طلبات تغيير البريد الإلكتروني. حاول مرة أخرى بعد {seconds} ثانية.',
    MEMBERSHIP_REQUIRED: 'لست عضوًا في منظمة كهذه. تحقق من معرّفها أو اطلب من مالكها دعوتك.',
    ONE_TIME_LINK_UNKNOWN:
      'هذا الرابط غير معروف: استُخدم، أو حلّ محله رابط آخر، أو انتهت مدته. اطلب رابطًا جديدًا ممّن أرسله.',
    REFRESH_TOKEN_UNKNOWN:
      'رمز التجديد هذا غير معروف: استُخدم من قبل، أو انتهت مدته، أو انتهت جلسته. سجّل الدخول مرة أخرى.',
    SESSION_UNKNOWN: 'ليست لك جلسة {sessionId}. قائمة جلساتك في /api/auth/sessions.',
    IDENTITY_PROVIDER_NOT_SET:
      'لم يُضبط هنا أي مزوّد هوية. سجّل الدخول بالبريد الإلكتروني وكلمة المرور.',
    IDENTITY_PROVIDER_UNAVAILABLE:
      'مزوّد الهوية لا يجيب. ابدأ من جديد بعد {seconds} ثانية أو سجّل الدخول بكلمة مرورك.',
    SIGN_IN_NOT_BEGUN:
      'لا ينتظر هذا الجوابَ أي دخول بدأ في هذا المتصفح خلال آخر {minutes} دقيقة. ابدأ من جديد في /api/auth/oidc.',
    SIGN_IN_DECLINED:
      'لم يُدخل مزوّد الهوية أحدًا ({error}). ابدأ من جديد في /api/auth/oidc ووافق هناك.',
    IDENTITY_NOT_PROVED:
      'ما أجاب به مزوّد الهوية لا يثبت من أنت: استُخدم من قبل، أو انتهت مدته، أو كان لغرض آخر. ابدأ من جديد في /api/auth/oidc، وإن تكرر ذلك فأخبر مشغّل هذا النظام.',
    IDENTITY_UNKNOWN:
      'لا أحد يدخل هنا بصفة هذا الشخص لدى مزوّد الهوية. سجّل الدخول بكلمة مرورك واربطه في /api/auth/identities أو اسأل من دعاك.',
    IDENTITY_TAKEN:
      'مستخدم آخر يدخل بصفة هذا الشخص لدى مزوّد الهوية. ادخل هناك بصفة شخص آخر وابدأ من جديد.',
    IDENTITY_ALREADY_LINKED:
      'أنت تدخل عبر مزوّد الهوية هذا بصفة شخص آخر. افصله أولًا في /api/auth/identities.',
    LINKED_IDENTITY_UNKNOWN:
      'ليست لك هوية مرتبطة {identity}. قائمة هوياتك في /api/auth/identities.',
    PASSWORD_NOT_SET: 'ليست لك كلمة مرور، وهذا يتطلب واحدة. اطلب أولًا رابطًا لتعيينها.',
    INVITATION_FOR_PROVIDER:
      'هذا المستخدم يدخل عبر مزوّد الهوية وبذلك يقبل الدعوة: افتح /api/auth/oidc?organisation= مع معرّف المنظمة الداعية.',
    CUSTOMER_UNKNOWN: 'لا يوجد عميل بالمعرّف {customerId}. تحقق من المعرّف.',
    CUSTOMER_NUMBER_TAKEN: 'هذا الرقم لعميل آخر. أرسل رقمًا آخر أو استخدم ذلك العميل.',
    CUSTOMER_REGISTRATION_ABANDONED:
      'طال هذا التسجيل وأُعطي رقمه لغيره. سجّل العميل من جديد بمفتاح Idempotency-Key جديد.',
    CUSTOMER_HAS_SALES:
      'لا يمكن حذف عميل لديه مبيعات مسجلة: فهي تبقى في الدفاتر. اطلب محو الشخص بـ POST /api/privacy/erasures.',
    CUSTOMER_HAS_DOCUMENTS:
      'لا يمكن حذف عميل لديه محفظة أو إشعار دائن أو دين معدوم: فهذه تبقى في الدفاتر.',
    CUSTOMER_DELETED: 'العميل {customerId} محذوف ولا يعود. سجّل العميل من جديد.',
    LINK_OF_ONE: 'لا يذكر customerIds إلا عميلًا واحدًا. أرسل عميلين مختلفين على الأقل هما شخص واحد.',
    LINK_UNKNOWN: 'لا يوجد ربط بالمعرّف {linkId}. تحقق من المعرّف.',
    CUSTOMER_RESTRICTED:
      'العميل {customerId} في طريقه إلى المحو: ما يجب حفظه عنه لا يراه إلا القليل، ولا يُسجَّل عنه جديد. سجّله من جديد إن عاد.',
    CUSTOMER_ERASED: 'مُحيت بيانات العميل {customerId} ولا يمكن لأحد أن يعرف من كان. سجّله من جديد.',
    TEXT_UNKNOWN:
      'لا يوجد نص كهذا ليُصحَّح: لم يُكتب هناك شيء، أو مُحي ما كُتب. تحقق من المعرّف ومن الحقل {field}.',
    TEXT_RESERVED: '«{text}» هو ما يُعرض مكان نص لا يُقرأ. اكتب {field} بكلمات أخرى.',
    ERASURE_UNKNOWN:
      'لم يطلب أحد محو العميل {customerId}. تحقق من المعرّف، أو اطلب أولًا عبر POST /api/privacy/erasures.',
    ERASURE_ALREADY_REQUESTED:
      'طُلب محو العميل {customerId} من قبل. انظر إلى أين وصل في /api/privacy/erasures/{customerId}.',
    ERASURE_ALREADY_DECIDED:
      'تقرر محو العميل {customerId} من قبل. انظر إلى أين وصل في /api/privacy/erasures/{customerId}.',
    ERASURE_NOT_APPROVED_BY_SAME_PERSON:
      'أنت من طلب محو العميل {customerId}؛ ويُعد البرنامج الذي له مفتاح API هو من أصدر المفتاح. دع شخصًا ثانيًا يوافق عليه.',
    DELETION_NEEDS_APPROVAL:
      'تريد هذه المنشأة أن يوافق شخص ثانٍ على زوال العميل {customerId} إلى الأبد. اطلب ذلك عبر POST /api/privacy/erasures.',
    LEGAL_HOLD_STANDS:
      'على العميل {customerId} حجز قانوني. ارفعه أولًا عبر POST /api/privacy/holds/{customerId}/lift.',
    LEGAL_HOLD_UNKNOWN:
      'لا حجز قانونيًا على العميل {customerId}. تحقق من المعرّف في /api/privacy/holds.',
    SALE_UNKNOWN: 'لا يوجد بيع بالمعرّف {saleId}. تحقق من المعرّف.',
    SALE_ALREADY_CANCELLED:
      'البيع {saleId} ملغى من قبل ولا يمكن فعل شيء آخر به. سجّل بيعًا جديدًا بدلًا منه.',
    SALE_WRITTEN_OFF: 'شُطب من البيع {saleId} مبلغ {writtenOff} {currency}. اعكس هذا الشطب أولًا.',
    SALE_NOTHING_OWED: 'لم يعد شيء مستحقًا على البيع {saleId}. تحقق من المعرّف.',
    AMOUNT_ABOVE_OWED:
      'قيمة الحقل {field} أكثر من المستحق وهو {owed} {currency}. أرسل ذلك على الأكثر.',
    SALE_BASIS_MISMATCH:
      'البيع على أساس {basis}، وهذا الطلب للمبيعات على أساس {needed}. تحقق من معرّف البيع.',
    SALE_WITHOUT_CUSTOMER:
      'البيع {saleId} مباشر وبلا عميل يمكن أن يدفعه من رصيده. سجّل دفعة بدلًا من ذلك.',
    SALE_OF_OTHER_CUSTOMER: 'البيع {saleId} لعميل آخر. تحقق من البيع ومن العميل.',
    PAYMENT_REQUIRED:
      'البيع بلا عميل يُدفع كاملًا في الحال: {owed} {currency}. أرسل الدفعة معه أو اذكر العميل.',
    PAYMENT_UNKNOWN: 'ليس للبيع دفعة بالمعرّف {paymentId}. تحقق من المعرّف.',
    PAYMENT_ALREADY_REVERSED:
      'الدفعة {paymentId} معكوسة من قبل. سجّل دفعة جديدة إن وصلت نقود مرة أخرى.',
    PAYMENT_KIND_NOT_ALLOWED:
      'البيع على أساس {basis} لا يقبل دفعة بالغرض {purpose} والمسار {route}. أرسل غرضًا أو مسارًا آخر.',
    COMMISSION_ABOVE_LEFT:
      'قيمة الحقل {field} أكثر من الباقي من العمولة وهو {left} {currency}. أرسل ذلك على الأكثر.',
    COMMISSION_NOTHING_LEFT: 'لم يبق من عمولة البيع {saleId} ما يُدفع. تحقق من المعرّف.',
    CLIENT_MONEY_NOT_ENOUGH:
      'قيمة الحقل {field} أكثر من أموال العميل المحفوظة لهذا البيع وهي {held} {currency}. أرسل ذلك على الأكثر.',
    CLIENT_MONEY_NOTHING_HELD:
      'لا أموال عميل محفوظة للبيع {saleId}. سجّل دفعة المشتري أولًا أو تحقق من المعرّف.',
    CREDIT_NOTE_UNKNOWN: 'لا يوجد إشعار دائن بالمعرّف {creditNoteId}. تحقق من المعرّف.',
    CREDIT_ABOVE_SALE:
      'قيمة الحقل {field} أكثر مما يمكن قيده دائنًا بعد من البيع، وصافيه {left} {currency} (الرمز الضريبي: {taxCode}). أرسل ذلك على الأكثر، صافيًا بلا ضريبة.',
    TAX_CODE_REQUIRED:
      'الحقل {field} ناقص: لم يبق من البيع ما يُقيَّد دائنًا بلا ضريبة. أرسل أحد رموزه الضريبية: {taxCodes}.',
    TAX_CODE_NOT_OF_SALE:
      'الرمز الضريبي {taxCode} ليس من رموز البيع، وهي: {taxCodes}. أرسل أحدها، أو اتركه لما بيع بلا ضريبة.',
    TAX_RATE_NOT_OF_SALE:
      'فُرضت على البيع ضريبة {rate} % بالرمز الضريبي {taxCode}، وبها يُقيَّد دائنًا. أرسل هذه النسبة أو اترك {field}.',
    BAD_DEBT_UNKNOWN: 'لا يوجد دين معدوم بالمعرّف {badDebtId}. تحقق من المعرّف.',
    WRITE_OFF_ABOVE_LEFT:
      'قيمة الحقل {field} أكثر من الباقي من الشطب وهو {left} {currency}. أرسل ذلك على الأكثر.',
    WRITE_OFF_NOTHING_LEFT: 'لم يبق شيء من الشطب {badDebtId}: عُكس أو حُصّل كله. تحقق من المعرّف.',
    CUSTOMER_CREDIT_NOT_ENOUGH:
      'قيمة الحقل {field} أكثر من رصيد العميل المتاح وهو {available} {currency}. أرسل ذلك على الأكثر.',
    CUSTOMER_CREDIT_NOTHING_FREE:
      'ليس للعميل رصيد متاح بعملة {currency}. تحقق من العميل ومن العملة.',
    ALLOCATION_UNKNOWN: 'لا يوجد تخصيص رصيد بالمعرّف {allocationId}. تحقق من المعرّف.',
    ALLOCATION_RELEASED:
      'الرصيد المحجوز للتخصيص {allocationId} أُفرج عنه. خصّصه من جديد بمفتاح Idempotency-Key جديد.',
    WALLET_UNKNOWN: 'لا توجد محفظة بالمعرّف {walletId} في هذه المنشأة. تحقق من المعرّف.',
    WALLET_SUSPENDED:
      'المحفظة {walletId} موقوفة: لا يُخصم منها ولا يُحجز. أعد تفعيلها بـ POST /api/wallets/{walletId}/resume؛ وإن كانت قد أُوقفت لنزولها دون حدها الأدنى فيكفي شحن يرفعها إليه.',
    WALLET_FUNDS_NOT_ENOUGH:
      'ينقص {shortfall} {currency}: المتاح {available} {currency}. اشحن المحفظة أو اطلب أقل.',
    PAYOUT_ABOVE_OWN:
      'ينقص {shortfall} {currency}: المتاح دون الائتمان {own} {currency}، والائتمان لا يُصرف. اطلب أقل.',
    MOVEMENT_UNKNOWN:
      'ليس في المحفظة حركة رقم {movement} من نوع {kind}. تحقق من رقمها في كشف الحساب.',
    TOP_UP_ALREADY_CHARGED_BACK: 'استُرد الشحن رقم {topUp} من قبل. تحقق من الرقم.',
    HOLD_UNKNOWN: 'ليس في المحفظة حجز مفتوح رقم {hold}. تحقق من الرقم.',
    HOLD_ENDED: 'انتهى الحجز {hold}: {end}. احجز من جديد.',
    HOLD_EXPIRY_PAST:
      'قيمة الحقل {field} ليست بعد هذه اللحظة {now}. أرسل وقتًا لاحقًا أو اترك الحقل.',
    HOLDS_TOO_MANY: 'في المحفظة {limit} حجزًا مفتوحًا وهو الحد الأقصى. حصّل بعضها أو أفرج عنها أولًا.',
    CAPTURE_ABOVE_HOLD:
      'قيمة الحقل {field} مع ضريبتها أكثر من المحجوز وهو {held} {currency}. أرسل ذلك على الأكثر.',
    REFUND_ABOVE_LEFT:
      'قيمة الحقل {field} أكثر مما بقي رده من هذا الخصم وهو {left} {currency}. أرسل ذلك على الأكثر.',
    REVISION_MISMATCH:
      'تذكر If-Match المراجعة {expected} لكنه الآن عند المراجعة {actual}. اقرأه من جديد وانظر ما تغيّر ثم أرسل If-Match مع قيمة ETag الجديدة.',
    IDEMPOTENCY_KEY_REUSED:
      'استُخدم هذا المفتاح Idempotency-Key من قبل لطلب آخر. أرسل مفتاحًا جديدًا لطلب جديد.',
    UNMASKING_UNKNOWN: 'لا يوجد كشف {unmaskingId}. القائمة في /api/unmaskings.',
    SUBJECT_UNKNOWN:
      'لا يوجد عميل ولا محفظة ولا بيع ولا دين معدوم بالمعرّف {subject}. تحقق من المعرّف.',
    UNMASKING_OVER: '{field} مضى بالفعل: الوقت الآن {now}. أرسل لحظة لاحقة.',
    UNMASKING_TOO_LONG:
      '{field} بعد أكثر من {days} يومًا. أرسل {latest} على الأكثر، وامنحه من جديد عند انتهائه.',
    EVENT_UNKNOWN: 'لا يوجد حدث بالمعرّف {eventId}. تحقق من المعرّف.',
    REVISION_UNKNOWN:
      'ليس في المسار {stream} مراجعة {revision}: فهو ينتهي عند {last}. أرسل {last} أو أقل.',
    STREAM_UNKNOWN: 'لا يوجد تيار {stream}. تحقق من اسمه.',
    ACCOUNT_UNKNOWN: 'لا يوجد حساب {account}. الحسابات مذكورة في /api/ledger/accounts.',
    PROJECTION_UNKNOWN: 'لا يوجد إسقاط {projection}. الإسقاطات مذكورة في /api/projections.',
    REBUILD_IN_PROGRESS:
      'يعاد بناء الإسقاط {projection} الآن. تابعه في /api/projections أو ألغه أولًا.',
    PROJECTION_NOT_BUILT: 'ليس للإسقاط {projection} جداول من هذا الإصدار بعد. أعد بناءه أولًا.',
    ROLLBACK_IMPOSSIBLE:
      'ليس للإسقاط {projection} جداول سابقة للرجوع إليها. أعد بناءه بدلًا من ذلك.',
    NOTHING_KEPT:
      'لا يحتفظ الإسقاط {projection} بجداول غير الحية. ما لديه مذكور في /api/projections.',
    ROLLBACK_VERSION_DROPPED:
      'لا يمكن للإسقاط {projection} الرجوع إلى الإصدار {version} فقد حُذف. انشر برنامجًا يكون هذا أحدث إصداراته وأعد البناء.',
    ROLLBACK_VERSION_UNKNOWN:
      'يحتفظ الإسقاط {projection} بالإصدار {version} الذي لا يستطيع هذا البرنامج متابعته. انشر برنامجًا يعرفه وارجع به.',
    ROLLBACK_VERSION_UNREADABLE:
      'ينقص الإصدار {version} من الإسقاط {projection} ما يقرؤه هذا البرنامج: {columns}. انشر برنامجًا من الإصدار {version} وارجع به.',
    ROLLBACK_VERSION_BEHIND:
      'لا تستطيع الجداول المحفوظة للإسقاط {projection} من الإصدار {version} بلوغ موضع الجداول الحية: {reason}. أصلح ذلك أو أعد البناء.',
    EVENT_UNREADABLE:
      'لا يمكن قراءة الحدث {eventId}، وهو في سجلاتنا تحت رقم الطلب {requestId}. أبلغ المشغّل.',
    ENTRY_UNKNOWN: 'لا يوجد قيد {entry}. القيود مذكورة في /api/ledger/entries.',
    READ_MODEL_OF_OTHER_VERSION:
      'نموذج القراءة {projection} من الإصدار {version}، وهذا البرنامج يقرأ الإصدار {wanted} الذي يُبنى الآن أو أُرجع عنه. أعد إرسال الطلب نفسه بعد {seconds} ثانية.',
    READ_MODEL_BEHIND:
      'لا يعرف نموذج القراءة {projection} كل ما في السجل بعد. لم يُنفَّذ شيء. أعد إرسال الطلب نفسه بعد {seconds} ثانية.',
    READ_MODEL_MISSING:
      'ما زال نموذج القراءة {projection} قيد البناء. أعد إرسال الطلب نفسه بعد {seconds} ثانية.',
  },
}

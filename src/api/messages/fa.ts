import type { Messages } from './index.ts'

export const fa: Messages = {
  wholeRequest: 'درخواست',
  accounts: {
    cash: 'صندوق',
    bank: 'بانک',
    card_clearing: 'تسویهٔ کارت',
    cheques: 'چک‌های در جریان وصول',
    mobile_money: 'پول موبایلی',
    client_bank: 'پول امانی نزد بانک',
    receivable: 'حساب‌های دریافتنی',
    allowance_doubtful: 'ذخیرهٔ مطالبات مشکوک‌الوصول',
    tax_payable: 'مالیات پرداختنی',
    customer_credit: 'اعتبار مشتریان',
    customer_wallets: 'کیف پول مشتریان',
    client_money_payable: 'پول امانی پرداختنی',
    commission_payable: 'کارمزد پرداختنی',
    sales_revenue: 'درآمد فروش',
    commission_income: 'درآمد کارمزد',
    usage_revenue: 'درآمد مصرف',
    sales_returns: 'برگشت از فروش',
    usage_refunds: 'برگشت مصرف',
    bad_debts_recovered: 'مطالبات سوخت‌شدهٔ وصول‌شده',
    commission_expense: 'هزینهٔ کارمزد',
    bad_debt_expense: 'هزینهٔ مطالبات سوخت‌شده',
  },
  titles: {
    400: 'درخواست معتبر نیست',
    401: 'لطفاً خود را معرفی کنید',
    403: 'مجاز نیست',
    404: 'پیدا نشد',
    409: 'با آنچه هست ناسازگار است',
    412: 'در این میان تغییر کرده است',
    413: 'بزرگ‌تر از حد مجاز',
    415: 'JSON نیست',
    422: 'یک قاعده آن را رد کرد',
    429: 'درخواست‌های بیش از حد',
    500: 'خطایی از سوی ما',
    503: 'در این لحظه در دسترس نیست',
  },
  details: {
    REQUEST_MALFORMED:
      'درخواست قواعد HTTP را رعایت نمی‌کند ({reason}). نشانی، سرآیندها و طول آن را بررسی کنید.',
    BODY_NOT_JSON:
      'محتوا JSON معتبر با UTF-8 نیست؛ خواندن در نویسهٔ {position} متوقف شد. همان‌جا را درست کنید و دوباره بفرستید.',
    BODY_TOO_DEEP:
      'محتوا بیش از {limit} سطح تودرتو است. سند را همان‌گونه که در /api/docs آمده بفرستید.',
    BODY_KEY_FORBIDDEN: 'در محتوا کلید {key} هست که هرگز پذیرفته نمی‌شود. آن را حذف کنید.',
    REQUEST_INVALID:
      'برخی فیلدها قاعده‌ای را رعایت نمی‌کنند. هر فیلدی را که در errors آمده درست کنید و دوباره بفرستید.',
    CURSOR_INVALID:
      'مقدار cursor برای این فهرست صادر نشده است. آن را با همان فیلترها از meta.nextCursor یا سرآیند Link بردارید، یا نفرستید تا از آغاز شروع شود.',
    POSITION_INVALID:
      'مقدار min_position جایگاهی از این دفتر رویداد نیست. مقدار سرآیند Daybook-Position را بفرستید یا آن را نفرستید.',
    KNOWN_AT_NOT_HONOURED:
      'این نشانی تنها وضع کنونی را پاسخ می‌دهد و known_at را در نظر نمی‌گیرد. آن را نفرستید، یا یکی از این نشانی‌ها را بپرسید: {reads}.',
    KNOWN_AT_AFTER_HEAD:
      'مقدار known_at برابر {known_at} است که هنوز نیامده: دفتر رویداد سازمان در {head} پایان می‌یابد. {head} یا کمتر، یا لحظه‌ای از گذشته بفرستید.',
    IDEMPOTENCY_KEY_INVALID:
      'مقدار Idempotency-Key باید ۱ تا ۲۵۵ نویسهٔ چاپی ASCII باشد. چنین کلیدی بفرستید، مثلاً یک UUID.',
    IF_MATCH_INVALID:
      'مقدار If-Match باید یک ETag باشد همان‌گونه که پاسخ داده شده، مثل "3". همان را بفرستید یا آن را نفرستید.',
    UNAUTHENTICATED: 'سرآیند Authorization نیست. سرآیند Authorization: Bearer <token> را بفرستید.',
    TOKEN_UNKNOWN: 'این توکن شناخته نیست. آن را بررسی کنید یا از مالک توکن تازه بخواهید.',
    FORBIDDEN:
      'نقش {role} این کار را مجاز نمی‌کند؛ اجازهٔ {permission} لازم است. از مالک نقشی بخواهید که مجاز باشد.',
    ROUTE_UNKNOWN: '{method} {path} وجود ندارد. فهرست همهٔ نشانی‌ها در /api/docs است.',
    IDEMPOTENCY_IN_FLIGHT:
      'درخواستی با همین Idempotency-Key هنوز در دست انجام است. کمی صبر کنید و سپس با همان کلید دوباره بفرستید.',
    BODY_TOO_LARGE:
      'محتوا بزرگ‌تر از {limit} بایت است. هر بار کمتر بفرستید: سند را بخش کنید یا سطرهایی را کنار بگذارید.',
    MEDIA_TYPE_NOT_SUPPORTED:
      'محتوا باید JSON باشد. آن را با سرآیند Content-Type: application/json بفرستید.',
    LOG_UNAVAILABLE:
      'دفتر رویداد به‌موقع پاسخ نداد. همین درخواست را {seconds} ثانیهٔ دیگر دوباره بفرستید؛ با همان Idempotency-Key چیزی دو بار انجام نمی‌شود.',
    DATABASE_UNAVAILABLE:
      'پایگاه داده در دسترس نیست. همین درخواست را {seconds} ثانیهٔ دیگر دوباره بفرستید؛ با همان Idempotency-Key چیزی دو بار انجام نمی‌شود.',
    SHUTTING_DOWN:
      'سرور در حال خاموش شدن است. همین درخواست را {seconds} ثانیهٔ دیگر دوباره بفرستید.',
    INTERNAL_ERROR:
      'خطایی از سوی ما رخ داد که در گزارش‌های ما با شناسهٔ درخواست {requestId} ثبت شده است. دوباره تلاش کنید و اگر ماند شناسه را به ما بگویید.',
    FIELD_REQUIRED: 'فیلد {field} نیست. آن را بفرستید.',
    FIELD_UNKNOWN: '{field} از فیلدهای این درخواست نیست. حذفش کنید یا املای آن را بررسی کنید.',
    TYPE_WRONG: 'نوع فیلد {field} درست نیست. آن را به این نوع بفرستید: {expected}.',
    TEXT_TOO_SHORT: 'فیلد {field} کوتاه است. دست‌کم {limit} نویسه بفرستید.',
    TEXT_TOO_LONG: 'فیلد {field} بلند است. حداکثر {limit} نویسه بفرستید.',
    TEXT_UNSTORABLE:
      'در فیلد {field} نویسه‌ای هست که متن نیست (NUL یا نیمی از یک جفت). آن نویسه را حذف کنید.',
    VALUE_NOT_ALLOWED: 'فیلد {field} باید یکی از این‌ها باشد: {allowed}. یکی از آن‌ها را بفرستید.',
    FORMAT_WRONG: 'فیلد {field} آن‌گونه که باید نوشته نشده است. الگوی آن را در /api/docs ببینید.',
    NUMBER_TOO_SMALL: 'فیلد {field} کوچک است. {limit} یا بیشتر بفرستید.',
    NUMBER_TOO_LARGE: 'فیلد {field} بزرگ است. {limit} یا کمتر بفرستید.',
    NUMBER_NOT_WHOLE: 'فیلد {field} باید عدد صحیح باشد. آن را بدون اعشار و توان بفرستید.',
    NUMBER_NOT_EXACT:
      'مقدار فیلد {field} برابر {text} است، عددی با توان که دقیق نیست. همهٔ رقم‌ها را بنویسید یا متنی اعشاری مثل "12.50" بفرستید.',
    LIST_TOO_SHORT: 'فیلد {field} کمتر از حد عضو دارد. دست‌کم {limit} عضو بفرستید.',
    LIST_TOO_LONG: 'فیلد {field} بیش از حد عضو دارد. حداکثر {limit} عضو بفرستید.',
    INSTANT_INVALID:
      'فیلد {field} لحظه‌ای از زمان نیست. آن را با منطقهٔ زمانی بفرستید، مثل 2026-02-28T09:30:00Z.',
    MONEY_INVALID:
      'فیلد {field} مبلغ نیست. {"amount": "12.50", "currency": "SAR"} یا متنی اعشاری یا یک عدد بفرستید.',
    EMAIL_INVALID: 'فیلد {field} نشانی رایانامه نیست. نشانی‌ای مثل name@example.com بفرستید.',
    FIELD_INVALID: 'فیلد {field} معتبر نیست. آنچه باید باشد در /api/docs آمده است.',
    TOO_BUSY: 'درخواست‌های زیادی در صف هستند. همین درخواست را {seconds} ثانیهٔ دیگر دوباره بفرستید.',
    AMOUNT_INVALID:
      'مقدار فیلد {field} برابر {value} است که عدد اعشاری ساده نیست. رقم با حداکثر یک ممیز بفرستید، مثل 12.50.',
    AMOUNT_TOO_MANY_DECIMALS:
      'مقدار فیلد {field} برابر {value} است، ولی ارز {currency} تا {decimals} رقم اعشار دارد. آن را گرد کنید و دوباره بفرستید.',
    AMOUNT_OUT_OF_RANGE:
      'فیلد {field} بیرون از محدوده است: مبلغ‌ها باید کمتر از {limit} {currency} باشند. مبلغ کوچک‌تری بفرستید.',
    AMOUNT_NEGATIVE:
      'فیلد {field} کمتر از صفر است. مبلغ را بدون علامت منفی بفرستید؛ پس‌گرفتن دستور خود را دارد.',
    AMOUNT_ZERO: 'مقدار فیلد {field} صفر است. مبلغی بیشتر از صفر بفرستید.',
    CURRENCY_UNKNOWN: 'فیلد {field} ارزی از ISO 4217 نیست. سه حرف آن را بفرستید، مثل SAR.',
    CURRENCY_MISMATCH:
      'فیلد {field} به ارز {given} است ولی اینجا {expected} لازم است. مبلغ را به {expected} بفرستید.',
    DECIMAL_INVALID:
      'فیلد {field} عددی اعشاری و دقیق با حداکثر ۱۸ رقم پیش از ممیز و ۱۲ رقم پس از آن نیست. آن را مانند "12.5" بنویسید.',
    RATE_INVALID:
      'مقدار فیلد {field} برابر {rate} است، ولی درصد از ۰ تا ۱۰۰ است. آن را مانند "2.5" برای ۲٫۵ درصد بفرستید.',
    DATE_INVALID:
      'فیلد {field} روزی نیست که وجود داشته باشد. آن را به شکل YYYY-MM-DD بفرستید، مثل 2026-02-28.',
    DATE_IN_FUTURE:
      'مقدار فیلد {field} برابر {date} است که هنوز نرسیده؛ امروز {today} است. روزی را بفرستید که گذشته است.',
    DATE_TOO_EARLY:
      'مقدار فیلد {field} برابر {date} است، پیش از رویدادی که در پی آن می‌آید ({earliest}). {earliest} یا روزی پس از آن بفرستید.',
    RANGE_INVALID:
      'روزهای {from} تا {to} بازه‌ای از ۱ تا {limit} روز نیستند. from را پس از to نفرستید و زمان طولانی‌تر را در چند درخواست بخواهید.',
    TIME_ZONE_UNKNOWN: '{timeZone} منطقهٔ زمانی نیست. نامی از فهرست IANA بفرستید، مثل Asia/Tehran.',
    DOCUMENT_EMPTY: 'سند نه مبلغ دارد و نه سطر. یکی از آن‌ها را بفرستید.',
    DOCUMENT_AMOUNT_AND_LINES:
      'سند هم مبلغ دارد و هم سطر. یکی را حذف کنید: سطرها خود مبلغ را می‌سازند.',
    DOCUMENT_TOO_MANY_LINES: 'یک سند حداکثر {limit} سطر دارد. آن را به چند سند بخش کنید.',
    DOCUMENT_TOO_MANY_TAX_CODES:
      'یک سند حداکثر {limit} کد مالیاتی دارد. آن را به چند سند بخش کنید.',
    DOCUMENT_TOO_LARGE:
      'یک سند هنگام ذخیره حداکثر {limit} بایت جا دارد. آن را به چند سند بخش کنید یا متن‌هایش را کوتاه کنید.',
    DOCUMENT_DIFFERS:
      'سند {number} از {system} پیش‌تر با محتوای دیگری ثبت شده است. همان ثبت‌شده را بفرستید یا با سندی جداگانه اصلاحش کنید.',
    TAX_CODE_UNKNOWN:
      'کد مالیاتی {taxCode} در این سند نرخ ندارد. آن را با نرخش به taxes بیفزایید یا کد را درست کنید.',
    REFUND_METHOD_REQUIRED:
      'فیلد refundMethod نیست: بدون مشتری اعتباری وجود ندارد. بگویید پول چگونه پس داده می‌شود.',
    REFUND_METHOD_NOT_ALLOWED:
      'فیلد refundMethod باید نباشد: با مشتری، پول اعتبار می‌شود که با درخواستی جداگانه پس داده می‌شود.',
    TIER_UNKNOWN: 'ردهٔ کارمزد {tier} وجود ندارد. شناسه‌اش را بررسی کنید یا نخست رده را بسازید.',
    TIER_IN_USE:
      'ردهٔ کارمزد {tier} در حال استفاده است. به کارگزارانش ردهٔ دیگری بدهید یا پیش‌فرض دیگری برگزینید و سپس حذفش کنید.',
    CUSTOMER_UNKNOWN: 'مشتری {customerId} وجود ندارد. شناسه را بررسی کنید.',
    CUSTOMER_NUMBER_TAKEN:
      'مشتری دیگری این شماره را دارد. شمارهٔ دیگری بفرستید یا با همان مشتری کار کنید.',
    CUSTOMER_REGISTRATION_ABANDONED:
      'این ثبت بیش از حد طول کشید و شماره‌اش واگذار شد. مشتری را با Idempotency-Key تازه از نو ثبت کنید.',
    SALE_UNKNOWN: 'فروش {saleId} وجود ندارد. شناسه را بررسی کنید.',
    SALE_ALREADY_CANCELLED:
      'فروش {saleId} پیش‌تر لغو شده و کار دیگری با آن نمی‌شود کرد. به‌جای آن فروش تازه‌ای ثبت کنید.',
    SALE_WRITTEN_OFF:
      'از فروش {saleId} مبلغ {writtenOff} {currency} سوخت شده است. نخست آن را برگردانید.',
    SALE_NOTHING_OWED: 'بابت فروش {saleId} دیگر چیزی بدهکار نیست. شناسه را بررسی کنید.',
    AMOUNT_ABOVE_OWED:
      'مقدار فیلد {field} بیش از بدهی، یعنی {owed} {currency}، است. حداکثر همان را بفرستید.',
    SALE_BASIS_MISMATCH:
      'فروش بر مبنای {basis} است و این درخواست برای فروش‌های بر مبنای {needed} است. شناسهٔ فروش را بررسی کنید.',
    SALE_WITHOUT_CUSTOMER:
      'فروش {saleId} حضوری بوده و مشتری‌ای ندارد که اعتبارش آن را بپردازد. به‌جای آن پرداختی ثبت کنید.',
    SALE_OF_OTHER_CUSTOMER: 'فروش {saleId} از آنِ مشتری دیگری است. فروش و مشتری را بررسی کنید.',
    PAYMENT_REQUIRED:
      'فروش بدون مشتری باید یکجا و کامل پرداخت شود: {owed} {currency}. پرداخت را همراه آن بفرستید یا مشتری را نام ببرید.',
    PAYMENT_UNKNOWN: 'این فروش پرداخت {paymentId} ندارد. شناسه را بررسی کنید.',
    PAYMENT_ALREADY_REVERSED:
      'پرداخت {paymentId} پیش‌تر برگشت خورده است. اگر دوباره پولی رسید پرداخت تازه‌ای ثبت کنید.',
    PAYMENT_KIND_NOT_ALLOWED:
      'فروش بر مبنای {basis} پرداختی با هدف {purpose} و مسیر {route} نمی‌پذیرد. هدف یا مسیر دیگری بفرستید.',
    COMMISSION_ABOVE_LEFT:
      'مقدار فیلد {field} بیش از ماندهٔ کارمزد، یعنی {left} {currency}، است. حداکثر همان را بفرستید.',
    CLIENT_MONEY_NOT_ENOUGH:
      'مقدار فیلد {field} بیش از پول امانی این فروش، یعنی {held} {currency}، است. حداکثر همان را بفرستید.',
    CREDIT_NOTE_UNKNOWN: 'برگهٔ بستانکاری {creditNoteId} وجود ندارد. شناسه را بررسی کنید.',
    CREDIT_ABOVE_SALE:
      'بستانکاری بیش از آن است که از فروش هنوز بستانکار نشده، یعنی {left} {currency} (کد مالیاتی: {taxCode}). حداکثر همان را بفرستید.',
    BAD_DEBT_UNKNOWN: 'بدهی سوخت‌شدهٔ {badDebtId} وجود ندارد. شناسه را بررسی کنید.',
    WRITE_OFF_ABOVE_LEFT:
      'مقدار فیلد {field} بیش از ماندهٔ سوخت‌شده، یعنی {left} {currency}، است. حداکثر همان را بفرستید.',
    CUSTOMER_CREDIT_NOT_ENOUGH:
      'مقدار فیلد {field} بیش از اعتبار آزاد مشتری، یعنی {available} {currency}، است. حداکثر همان را بفرستید.',
    ALLOCATION_UNKNOWN: 'تخصیص اعتبار {allocationId} وجود ندارد. شناسه را بررسی کنید.',
    ALLOCATION_RELEASED:
      'اعتباری که برای تخصیص {allocationId} کنار گذاشته شده بود آزاد شد. با Idempotency-Key تازه از نو تخصیص دهید.',
    WALLET_UNKNOWN: 'کیف پول {walletId} در این سازمان وجود ندارد. شناسه را بررسی کنید.',
    WALLET_SUSPENDED:
      'کیف پول {walletId} معلق است ({cause}): چیزی از آن برداشت یا نگه داشته نمی‌شود. آن را شارژ یا دوباره فعال کنید.',
    WALLET_FUNDS_NOT_ENOUGH:
      '{shortfall} {currency} کم است: موجودی در دسترس {available} {currency} است. کیف پول را شارژ کنید یا کمتر بخواهید.',
    MOVEMENT_UNKNOWN:
      'کیف پول گردشی با شمارهٔ {movement} از نوع {kind} ندارد. شماره را در صورت‌حساب بررسی کنید.',
    TOP_UP_ALREADY_CHARGED_BACK: 'شارژ {topUp} پیش‌تر برگشت خورده است. شماره را بررسی کنید.',
    HOLD_UNKNOWN: 'کیف پول مبلغ نگه‌داشتهٔ باز با شمارهٔ {hold} ندارد. شماره را بررسی کنید.',
    HOLD_ENDED: 'مبلغ نگه‌داشتهٔ {hold} پایان یافته است: {end}. دوباره نگه دارید.',
    HOLD_EXPIRY_PAST:
      'مقدار فیلد {field} پس از این لحظه، {now}، نیست. زمانی دیرتر بفرستید یا آن را حذف کنید.',
    HOLDS_TOO_MANY:
      'کیف پول {limit} مبلغ نگه‌داشتهٔ باز دارد که بیشینه است. ابتدا برخی را برداشت یا آزاد کنید.',
    CAPTURE_ABOVE_HOLD:
      'مقدار فیلد {field} با مالیاتش بیش از مبلغ نگه‌داشته، یعنی {held} {currency}، است. حداکثر همان را بفرستید.',
    REFUND_ABOVE_LEFT:
      'مقدار فیلد {field} بیش از آن است که از این برداشت هنوز بازگشت‌پذیر است، یعنی {left} {currency}. حداکثر همان را بفرستید.',
    REVISION_MISMATCH:
      'در If-Match بازنگری {expected} آمده ولی اکنون در بازنگری {actual} است. دوباره بخوانید، تغییرها را ببینید و If-Match را با ETag تازه بفرستید.',
    IDEMPOTENCY_KEY_REUSED:
      'این Idempotency-Key پیش‌تر برای درخواست دیگری به کار رفته است. برای درخواست تازه کلید تازه بفرستید.',
    EVENT_UNKNOWN: 'رویداد {eventId} وجود ندارد. شناسه را بررسی کنید.',
    REVISION_UNKNOWN:
      'جریان {stream} بازنگری {revision} ندارد: در {last} پایان می‌یابد. {last} یا کمتر بفرستید.',
    STREAM_UNKNOWN: 'جریان {stream} وجود ندارد. نامش را بررسی کنید.',
    ACCOUNT_UNKNOWN: 'حساب {account} وجود ندارد. فهرست حساب‌ها در /api/ledger/accounts است.',
    PROJECTION_UNKNOWN: 'فرافکنی {projection} وجود ندارد. فهرست آن‌ها در /api/projections است.',
    REBUILD_IN_PROGRESS:
      'فرافکنی {projection} هم‌اکنون بازسازی می‌شود. آن را در /api/projections دنبال کنید یا نخست لغوش کنید.',
    PROJECTION_NOT_BUILT:
      'فرافکنی {projection} هنوز جدولی از این نسخه ندارد. نخست آن را بازسازی کنید.',
    ROLLBACK_IMPOSSIBLE:
      'فرافکنی {projection} جدول پیشینی برای بازگشت ندارد. به‌جای آن بازسازی‌اش کنید.',
    EVENT_UNREADABLE:
      'رویداد {eventId} خوانده نمی‌شود و در گزارش‌های ما با شناسهٔ درخواست {requestId} ثبت شده است. به متصدی خبر دهید.',
    ENTRY_UNKNOWN: 'سند حسابداری {entry} وجود ندارد. فهرست سندها در /api/ledger/entries است.',
    READ_MODEL_MISSING:
      'مدل خواندن {projection} هنوز در حال ساخت است. همین درخواست را {seconds} ثانیهٔ دیگر دوباره بفرستید.',
  },
}

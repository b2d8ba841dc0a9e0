import type { Language } from '../languages.ts'

/** What the page says itself; why a password is refused, the API says. Plain text, without `<`, `&` and `"`. */
export interface SetupTexts {
  readonly title: string
  readonly intro: string
  readonly password: string
  readonly again: string
  readonly submit: string
  readonly differ: string
  readonly noLink: string
  readonly unreachable: string
  readonly noScript: string
  readonly done: string
  readonly email: string
  readonly signIn: string
  readonly documentation: string
}

export const setupTexts: Readonly<Record<Language, SetupTexts>> = {
  en: {
    title: 'Set your password',
    intro:
      'Choose at least 15 characters; several words are easy to remember. If you were invited and have a password here already, give that one.',
    password: 'Password',
    again: 'The same again',
    submit: 'Set password',
    differ: 'The two passwords differ. Type both again.',
    noLink: 'This address is not whole: open the link exactly as it was given to you.',
    unreachable: 'The server does not answer. Check that it runs, and try again.',
    noScript: 'This page needs JavaScript.',
    done: 'Done',
    email: 'You sign in with this e-mail address and your password:',
    signIn: 'By the command line, with your password in place of the three dots:',
    documentation: 'What else can be done: the description of the API',
  },
  ar: {
    title: 'تعيين كلمة المرور',
    intro:
      'اختر 15 حرفًا على الأقل؛ عدة كلمات يسهل تذكّرها. إن كنت مدعوًّا ولك كلمة مرور هنا من قبل فأدخلها هي.',
    password: 'كلمة المرور',
    again: 'كلمة المرور مرة أخرى',
    submit: 'تعيين كلمة المرور',
    differ: 'كلمتا المرور مختلفتان. اكتبهما من جديد.',
    noLink: 'هذا العنوان غير كامل: افتح الرابط كما أُعطي لك تمامًا.',
    unreachable: 'الخادم لا يجيب. تأكد من أنه يعمل ثم حاول مرة أخرى.',
    noScript: 'تحتاج هذه الصفحة إلى JavaScript.',
    done: 'تمّ',
    email: 'تسجّل الدخول بهذا البريد الإلكتروني وبكلمة مرورك:',
    signIn: 'من سطر الأوامر، وكلمة مرورك مكان النقاط الثلاث:',
    documentation: 'ما يمكن فعله بعد ذلك: وصف واجهة البرمجة',
  },
  fa: {
    title: 'تعیین گذرواژه',
    intro:
      'دست‌کم ۱۵ نویسه برگزینید؛ چند واژه آسان به یاد می‌مانند. اگر دعوت شده‌اید و از پیش اینجا گذرواژه دارید، همان را وارد کنید.',
    password: 'گذرواژه',
    again: 'همان گذرواژه بار دیگر',
    submit: 'تعیین گذرواژه',
    differ: 'دو گذرواژه یکی نیستند. هر دو را دوباره بنویسید.',
    noLink: 'این نشانی کامل نیست: پیوند را درست همان‌گونه که به شما داده شد باز کنید.',
    unreachable: 'سرور پاسخ نمی‌دهد. بررسی کنید که در حال کار باشد و دوباره تلاش کنید.',
    noScript: 'این صفحه به JavaScript نیاز دارد.',
    done: 'انجام شد',
    email: 'با این نشانی ایمیل و گذرواژهٔ خود وارد می‌شوید:',
    signIn: 'از خط فرمان، با گذرواژهٔ خود به‌جای سه نقطه:',
    documentation: 'کارهای دیگری که می‌توان کرد: شرح API',
  },
}

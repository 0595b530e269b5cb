#include "acq/app/hj212_show.h"

#include "acq/collect/hj212_strangers.h"
#include "acq/core/utf8.h"
#include "protocols/hj212/factor.h"

#include <string.h>

enum { NAME_WIDTH = 12 };

static const struct {
    const char *mark;
    const char *words;
} flags[] = {
    {"N", "正常 normal"},
    {"F", "停运 stopped"},
    {"M", "维护 maintenance"},
    {"S", "手工设定 set by hand"},
    {"D", "故障 fault"},
    {"C", "校准 calibration"},
    {"T", "超测量上限 over range"},
    {"B", "通讯故障 communication fault"},
    {"P", "电源故障 power fault"},
    {"Td", "关键工况参数故障 working-condition fault"},
};

const char *hj212_flag_words(struct hj212_text flag)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (hj212_text_is(flag, flags[i].mark))
            return flags[i].words;
    return "";
}

static const struct {
    enum hj212_field field;
    const char *words;
} fields[] = {
    {HJ212_RTD, "实时值 now"},
    {HJ212_MIN, "最小值 minimum"},
    {HJ212_AVG, "平均值 mean"},
    {HJ212_MAX, "最大值 maximum"},
    {HJ212_COU, "累计值 amount"},
    {HJ212_ZS_RTD, "折算实时值 corrected"},
    {HJ212_ZS_MIN, "折算最小值 corrected minimum"},
    {HJ212_ZS_AVG, "折算平均值 corrected mean"},
    {HJ212_ZS_MAX, "折算最大值 corrected maximum"},
    {HJ212_RAW_AVG, "原始平均值 raw mean"},
    {HJ212_FLAG, "数据标记 mark"},
    {HJ212_EFLAG, "仪器标记 instrument's mark"},
    {HJ212_SAMPLE_TIME, "采样时间 sampled"},
    {HJ212_RS, "运行状态 state"},
    {HJ212_RT, "运行时间 hours run"},
    {HJ212_SN, "设备编码 serial number"},
    {HJ212_INFO, "信息 information"},
    {HJ212_DATA, "噪声 noise"},
    {HJ212_DATA_TIME, "数据时间 time of data"},
    {HJ212_SYSTEM_TIME, "系统时间 clock"},
    {HJ212_RESTART_TIME, "开机时间 started"},
    {HJ212_BEGIN_TIME, "开始时间 from"},
    {HJ212_END_TIME, "截止时间 to"},
    {HJ212_RTD_INTERVAL, "实时数据间隔（秒） realtime interval, s"},
    {HJ212_MIN_INTERVAL, "分钟数据间隔（分） minute interval, min"},
    {HJ212_OVER_TIME, "超时时间（秒） time-out, s"},
    {HJ212_RE_COUNT, "重发次数 resends"},
    {HJ212_POL_ID, "因子编码 factor"},
    {HJ212_INFO_ID, "信息编码 information code"},
};

static const char *words_of_field(enum hj212_field field)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].field == field)
            return fields[i].words;
    return "";
}

/* Bytes that a terminal would obey, or that are no UTF-8, as '?'. */
static void put(FILE *out, struct hj212_text text)
{
    bool is_utf8 = text.len == 0 || utf8_is_valid(text.at, text.len);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool shown = c >= ' ' && c != 0x7f && (c < 0x80 || is_utf8);
        fputc(shown ? c : '?', out);
    }
}

static void put_time(FILE *out, struct hj212_text t)
{
    int64_t ms = 0;
    if (t.len < 14 || hj212_time_parse(t, 0, &ms) != 0) {
        put(out, t);
        return;
    }
    fprintf(out, "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", t.at, t.at + 4, t.at + 6, t.at + 8, t.at + 10,
            t.at + 12);
}

static bool is_time(enum hj212_field field)
{
    return field == HJ212_DATA_TIME || field == HJ212_SYSTEM_TIME || field == HJ212_RESTART_TIME ||
           field == HJ212_BEGIN_TIME || field == HJ212_END_TIME || field == HJ212_SAMPLE_TIME ||
           field == HJ212_ALARM_TIME;
}

static bool is_value(enum hj212_field field)
{
    return field == HJ212_RTD || field == HJ212_MIN || field == HJ212_AVG || field == HJ212_MAX ||
           field == HJ212_RAW_AVG || field == HJ212_ZS_RTD || field == HJ212_ZS_MIN ||
           field == HJ212_ZS_AVG || field == HJ212_ZS_MAX;
}

static void put_factor(FILE *out, const struct hj212_factor *f)
{
    if (f)
        fprintf(out, " %s %s", f->name_zh, f->name_en);
}

static void put_value(FILE *out, const struct hj212_item *item, const struct hj212_factor *f)
{
    int code = 0;
    if (is_time(item->field))
        put_time(out, item->value);
    else if (item->field == HJ212_NEW_SK || item->field == HJ212_NEW_PW || item->field == HJ212_PW)
        fputs("******", out);
    else
        put(out, item->value);
    if (f && is_value(item->field) && f->unit[0])
        fprintf(out, " %s%s", f->unit, f->doubtful ? " (?)" : "");
    if (item->field == HJ212_FLAG)
        fprintf(out, " %s", hj212_flag_words(item->value));
    bool qn_rtn = item->field == HJ212_QN_RTN;
    if ((qn_rtn || item->field == HJ212_EXE_RTN) && hj212_whole_number(item->value, &code) == 0)
        fprintf(out, " %s", qn_rtn ? hj212_qn_rtn_text(code) : hj212_exe_rtn_text(code));
}

static void put_item(FILE *out, const struct hj212_packet *p, const struct hj212_item *item)
{
    const struct hj212_factor *f =
        item->code.len ? hj212_factor_find(p->edition, item->code) : NULL;
    if (item->code.len && !f)
        f = hj212_factor_find(HJ212_EDITION_AUTO, item->code);
    fputs("     ", out);
    put(out, item->name);
    fprintf(out, "%*s ", item->name.len < NAME_WIDTH ? (int)(NAME_WIDTH - item->name.len) : 0, "");
    put_value(out, item, f);
    put_factor(out, f);
    fprintf(out, "  %s\n", words_of_field(item->field));
}

static void put_form(FILE *out, const struct hj212_received *got)
{
    static const char *const editions[HJ212_EDITION_COUNT] = {"?", "2005", "2017", "2025"};
    fprintf(out, "     HJ 212-%s, CRC %s%s", editions[got->packet->edition],
            hj212_crc_variant_name(got->crc), got->decrypted ? ", 已解密 decrypted" : "");
    if (got->packet->pnum)
        fprintf(out, ", 第 %d/%d 包 part %d of %d", got->packet->pno, got->packet->pnum,
                got->packet->pno, got->packet->pnum);
    if (got->packet->backfill)
        fputs(", 补传 backfill", out);
    for (int i = 1; i < HJ212_DEV_COUNT; i++)
        if (got->deviations & hj212_dev_bit((enum hj212_deviation)i))
            fprintf(out, ", %s", hj212_deviation_key((enum hj212_deviation)i));
    fputc('\n', out);
}

void hj212_show(FILE *out, enum hj212_direction way, const struct hj212_received *got)
{
    const struct hj212_packet *p = got->packet;
    const struct hj212_command *c = hj212_command_find(p->edition, way, p);
    char raw[HJ212_RECEIVE_MAX + 1];
    size_t len = hj212_strike_out(p->segment, p->pw, raw, sizeof raw);
    fprintf(out, "%s %d %s %s\n     ", way == HJ212_DOWN ? "-->" : "<--", p->cn,
            c ? c->name_zh : "未知命令", c ? c->name : "unknown command");
    if (!hj212_packet_find(p, HJ212_NEW_SK) && !hj212_packet_find(p, HJ212_NEW_PW))
        put(out, (struct hj212_text){raw, len});
    fputc('\n', out);
    put_form(out, got);
    for (size_t i = 0; i < p->item_count; i++)
        put_item(out, p, &p->items[i]);
}

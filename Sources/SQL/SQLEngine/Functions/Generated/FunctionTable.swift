/// PostgreSQL 15's own functions, operators and casts over the types this server knows: facts, for name resolution.
///
/// Resolution must see every candidate that PostgreSQL sees, or it would choose differently; what has no body here is
/// refused when it is called. Generated from a running PostgreSQL 15 by these queries over pg_proc, pg_operator, pg_cast:
///
///     select oid, proname, proargtypes, prorettype, <kind set strict volatility variadic defaults>, prosrc from pg_proc
///     select oid, oprname, oprleft, oprright, oprresult, oprcode from pg_operator
///     select castsource, casttarget, castfunc, castcontext || castmethod from pg_cast
enum FunctionTable {
    /// oid;name;argument types;result;kind, s for sets, t for strict, volatility, v for variadic, defaults;body (= the name)
    static let functions: StaticString = #"""
        56;boollt;16,16;16;f-ti-0;= 57;boolgt;16,16;16;f-ti-0;= 60;booleq;16,16;16;f-ti-0;= 61;chareq;18,18;16;f-ti-0;=
        62;nameeq;19,19;16;f-ti-0;= 63;int2eq;21,21;16;f-ti-0;= 64;int2lt;21,21;16;f-ti-0;= 65;int4eq;23,23;16;f-ti-0;=
        66;int4lt;23,23;16;f-ti-0;= 67;texteq;25,25;16;f-ti-0;= 68;xideq;28,28;16;f-ti-0;= 69;cideq;29,29;16;f-ti-0;=
        70;charne;18,18;16;f-ti-0;= 72;charle;18,18;16;f-ti-0;= 73;chargt;18,18;16;f-ti-0;= 74;charge;18,18;16;f-ti-0;=
        77;int4;18;23;f-ti-0;chartoi4 78;char;23;18;f-ti-0;i4tochar 79;nameregexeq;19,25;16;f-ti-0;=
        84;boolne;16,16;16;f-ti-0;= 89;version;-;25;f-ts-0;pgsql_version 141;int4mul;23,23;23;f-ti-0;=
        144;int4ne;23,23;16;f-ti-0;= 145;int2ne;21,21;16;f-ti-0;= 146;int2gt;21,21;16;f-ti-0;=
        147;int4gt;23,23;16;f-ti-0;= 148;int2le;21,21;16;f-ti-0;= 149;int4le;23,23;16;f-ti-0;=
        150;int4ge;23,23;16;f-ti-0;= 151;int2ge;21,21;16;f-ti-0;= 152;int2mul;21,21;21;f-ti-0;=
        153;int2div;21,21;21;f-ti-0;= 154;int4div;23,23;23;f-ti-0;= 155;int2mod;21,21;21;f-ti-0;=
        156;int4mod;23,23;23;f-ti-0;= 157;textne;25,25;16;f-ti-0;= 158;int24eq;21,23;16;f-ti-0;=
        159;int42eq;23,21;16;f-ti-0;= 160;int24lt;21,23;16;f-ti-0;= 161;int42lt;23,21;16;f-ti-0;=
        162;int24gt;21,23;16;f-ti-0;= 163;int42gt;23,21;16;f-ti-0;= 164;int24ne;21,23;16;f-ti-0;=
        165;int42ne;23,21;16;f-ti-0;= 166;int24le;21,23;16;f-ti-0;= 167;int42le;23,21;16;f-ti-0;=
        168;int24ge;21,23;16;f-ti-0;= 169;int42ge;23,21;16;f-ti-0;= 170;int24mul;21,23;23;f-ti-0;=
        171;int42mul;23,21;23;f-ti-0;= 172;int24div;21,23;23;f-ti-0;= 173;int42div;23,21;23;f-ti-0;=
        176;int2pl;21,21;21;f-ti-0;= 177;int4pl;23,23;23;f-ti-0;= 178;int24pl;21,23;23;f-ti-0;=
        179;int42pl;23,21;23;f-ti-0;= 180;int2mi;21,21;21;f-ti-0;= 181;int4mi;23,23;23;f-ti-0;=
        182;int24mi;21,23;23;f-ti-0;= 183;int42mi;23,21;23;f-ti-0;= 184;oideq;26,26;16;f-ti-0;=
        185;oidne;26,26;16;f-ti-0;= 198;pg_node_tree_send;194;17;f-ts-0;= 202;float4mul;700,700;700;f-ti-0;=
        203;float4div;700,700;700;f-ti-0;= 204;float4pl;700,700;700;f-ti-0;= 205;float4mi;700,700;700;f-ti-0;=
        206;float4um;700;700;f-ti-0;= 207;float4abs;700;700;f-ti-0;= 209;float4larger;700,700;700;f-ti-0;=
        211;float4smaller;700,700;700;f-ti-0;= 212;int4um;23;23;f-ti-0;= 213;int2um;21;21;f-ti-0;=
        216;float8mul;701,701;701;f-ti-0;= 217;float8div;701,701;701;f-ti-0;= 218;float8pl;701,701;701;f-ti-0;=
        219;float8mi;701,701;701;f-ti-0;= 220;float8um;701;701;f-ti-0;= 221;float8abs;701;701;f-ti-0;=
        223;float8larger;701,701;701;f-ti-0;= 224;float8smaller;701,701;701;f-ti-0;= 228;dround;701;701;f-ti-0;=
        229;dtrunc;701;701;f-ti-0;= 230;dsqrt;701;701;f-ti-0;= 231;dcbrt;701;701;f-ti-0;= 232;dpow;701,701;701;f-ti-0;=
        233;dexp;701;701;f-ti-0;= 234;dlog1;701;701;f-ti-0;= 235;float8;21;701;f-ti-0;i2tod
        236;float4;21;700;f-ti-0;i2tof 237;int2;701;21;f-ti-0;dtoi2 238;int2;700;21;f-ti-0;ftoi2
        240;nameeqtext;19,25;16;f-ti-0;= 241;namelttext;19,25;16;f-ti-0;= 242;nameletext;19,25;16;f-ti-0;=
        243;namegetext;19,25;16;f-ti-0;= 244;namegttext;19,25;16;f-ti-0;= 245;namenetext;19,25;16;f-ti-0;=
        246;btnametextcmp;19,25;23;f-ti-0;= 247;texteqname;25,19;16;f-ti-0;= 248;textltname;25,19;16;f-ti-0;=
        249;textlename;25,19;16;f-ti-0;= 250;textgename;25,19;16;f-ti-0;= 251;textgtname;25,19;16;f-ti-0;=
        252;textnename;25,19;16;f-ti-0;= 253;bttextnamecmp;25,19;23;f-ti-0;= 266;nameconcatoid;19,26;19;f-ti-0;=
        274;timeofday;-;25;f-tv-0;= 275;pg_nextoid;2205,19,2205;26;f-tv-0;= 276;float8_combine;1022,1022;1022;f-ti-0;=
        279;float48mul;700,701;701;f-ti-0;= 280;float48div;700,701;701;f-ti-0;= 281;float48pl;700,701;701;f-ti-0;=
        282;float48mi;700,701;701;f-ti-0;= 283;float84mul;701,700;701;f-ti-0;= 284;float84div;701,700;701;f-ti-0;=
        285;float84pl;701,700;701;f-ti-0;= 286;float84mi;701,700;701;f-ti-0;= 287;float4eq;700,700;16;f-ti-0;=
        288;float4ne;700,700;16;f-ti-0;= 289;float4lt;700,700;16;f-ti-0;= 290;float4le;700,700;16;f-ti-0;=
        291;float4gt;700,700;16;f-ti-0;= 292;float4ge;700,700;16;f-ti-0;= 293;float8eq;701,701;16;f-ti-0;=
        294;float8ne;701,701;16;f-ti-0;= 295;float8lt;701,701;16;f-ti-0;= 296;float8le;701,701;16;f-ti-0;=
        297;float8gt;701,701;16;f-ti-0;= 298;float8ge;701,701;16;f-ti-0;= 299;float48eq;700,701;16;f-ti-0;=
        300;float48ne;700,701;16;f-ti-0;= 301;float48lt;700,701;16;f-ti-0;= 302;float48le;700,701;16;f-ti-0;=
        303;float48gt;700,701;16;f-ti-0;= 304;float48ge;700,701;16;f-ti-0;= 305;float84eq;701,700;16;f-ti-0;=
        306;float84ne;701,700;16;f-ti-0;= 307;float84lt;701,700;16;f-ti-0;= 308;float84le;701,700;16;f-ti-0;=
        309;float84gt;701,700;16;f-ti-0;= 310;float84ge;701,700;16;f-ti-0;= 311;float8;700;701;f-ti-0;ftod
        312;float4;701;700;f-ti-0;dtof 313;int4;21;23;f-ti-0;i2toi4 314;int2;23;21;f-ti-0;i4toi2
        315;pg_jit_available;-;16;f-tv-0;= 316;float8;23;701;f-ti-0;i4tod 317;int4;701;23;f-ti-0;dtoi4
        318;float4;23;700;f-ti-0;i4tof 319;int4;700;23;f-ti-0;ftoi4
        320;width_bucket;701,701,701,23;23;f-ti-0;width_bucket_float8 324;json_send;114;17;f-ti-0;=
        338;amvalidate;26;16;f-tv-0;= 350;btint2cmp;21,21;23;f-ti-0;= 351;btint4cmp;23,23;23;f-ti-0;=
        354;btfloat4cmp;700,700;23;f-ti-0;= 355;btfloat8cmp;701,701;23;f-ti-0;= 356;btoidcmp;26,26;23;f-ti-0;=
        358;btcharcmp;18,18;23;f-ti-0;= 359;btnamecmp;19,19;23;f-ti-0;= 360;bttextcmp;25,25;23;f-ti-0;=
        376;string_to_array;25,25,25;1009;f--i-0;text_to_array_null 378;array_append;5078,5077;5078;f--i-0;=
        379;array_prepend;5077,5078;5078;f--i-0;= 382;btarraycmp;2277,2277;23;f-ti-0;=
        383;array_cat;5078,5078;5078;f--i-0;= 384;array_to_string;2277,25,25;25;f--s-0;array_to_text_null
        390;array_ne;2277,2277;16;f-ti-0;= 391;array_lt;2277,2277;16;f-ti-0;= 392;array_gt;2277,2277;16;f-ti-0;=
        393;array_le;2277,2277;16;f-ti-0;= 394;string_to_array;25,25;1009;f--i-0;text_to_array
        395;array_to_string;2277,25;25;f-ts-0;array_to_text 396;array_ge;2277,2277;16;f-ti-0;=
        400;hashtext;25;23;f-ti-0;= 401;text;1042;25;f-ti-0;rtrim1 404;btoidvectorcmp;30,30;23;f-ti-0;=
        406;text;19;25;f-ti-0;name_text 407;name;25;19;f-ti-0;text_name 408;bpchar;19;1042;f-ti-0;name_bpchar
        409;name;1042;19;f-ti-0;bpchar_name 425;hashint4extended;23,20;20;f-ti-0;= 432;hash_numeric;1700;23;f-ti-0;=
        438;num_nulls;2276;23;f--iv0;pg_num_nulls 440;num_nonnulls;2276;23;f--iv0;pg_num_nonnulls
        441;hashint2extended;21,20;20;f-ti-0;= 442;hashint8extended;20,20;20;f-ti-0;=
        443;hashfloat4extended;700,20;20;f-ti-0;= 444;hashfloat8extended;701,20;20;f-ti-0;=
        445;hashoidextended;26,20;20;f-ti-0;= 446;hashcharextended;18,20;20;f-ti-0;=
        447;hashnameextended;19,20;20;f-ti-0;= 448;hashtextextended;25,20;20;f-ti-0;= 449;hashint2;21;23;f-ti-0;=
        450;hashint4;23;23;f-ti-0;= 451;hashfloat4;700;23;f-ti-0;= 452;hashfloat8;701;23;f-ti-0;=
        453;hashoid;26;23;f-ti-0;= 454;hashchar;18;23;f-ti-0;= 455;hashname;19;23;f-ti-0;=
        457;hashoidvector;30;23;f-ti-0;= 458;text_larger;25,25;25;f-ti-0;= 459;text_smaller;25,25;25;f-ti-0;=
        462;int8um;20;20;f-ti-0;= 463;int8pl;20,20;20;f-ti-0;= 464;int8mi;20,20;20;f-ti-0;=
        465;int8mul;20,20;20;f-ti-0;= 466;int8div;20,20;20;f-ti-0;= 467;int8eq;20,20;16;f-ti-0;=
        468;int8ne;20,20;16;f-ti-0;= 469;int8lt;20,20;16;f-ti-0;= 470;int8gt;20,20;16;f-ti-0;=
        471;int8le;20,20;16;f-ti-0;= 472;int8ge;20,20;16;f-ti-0;= 474;int84eq;20,23;16;f-ti-0;=
        475;int84ne;20,23;16;f-ti-0;= 476;int84lt;20,23;16;f-ti-0;= 477;int84gt;20,23;16;f-ti-0;=
        478;int84le;20,23;16;f-ti-0;= 479;int84ge;20,23;16;f-ti-0;= 480;int4;20;23;f-ti-0;int84
        481;int8;23;20;f-ti-0;int48 482;float8;20;701;f-ti-0;i8tod 483;int8;701;20;f-ti-0;dtoi8
        515;array_larger;2277,2277;2277;f-ti-0;= 516;array_smaller;2277,2277;2277;f-ti-0;=
        619;oidvectorne;30,30;16;f-ti-0;= 626;hash_array;2277;23;f-ti-0;= 636;pg_indexam_has_property;26,25;16;f-ts-0;=
        637;pg_index_has_property;2205,25;16;f-ts-0;= 638;pg_index_column_has_property;2205,23,25;16;f-ts-0;=
        652;float4;20;700;f-ti-0;i8tof 653;int8;700;20;f-ti-0;ftoi8 655;namelt;19,19;16;f-ti-0;=
        656;namele;19,19;16;f-ti-0;= 657;namegt;19,19;16;f-ti-0;= 658;namege;19,19;16;f-ti-0;=
        659;namene;19,19;16;f-ti-0;= 668;bpchar;1042,23,16;1042;f-ti-0;= 669;varchar;1043,23,16;1043;f-ti-0;=
        676;pg_indexam_progress_phasename;26,20;25;f-ti-0;= 677;oidvectorlt;30,30;16;f-ti-0;=
        678;oidvectorle;30,30;16;f-ti-0;= 679;oidvectoreq;30,30;16;f-ti-0;= 680;oidvectorge;30,30;16;f-ti-0;=
        681;oidvectorgt;30,30;16;f-ti-0;= 710;getpgusername;-;19;f-ts-0;current_user 714;int2;20;21;f-ti-0;int82
        716;oidlt;26,26;16;f-ti-0;= 717;oidle;26,26;16;f-ti-0;= 720;octet_length;17;23;f-ti-0;byteaoctetlen
        721;get_byte;17,23;23;f-ti-0;byteaGetByte 722;set_byte;17,23,23;17;f-ti-0;byteaSetByte
        723;get_bit;17,20;23;f-ti-0;byteaGetBit 724;set_bit;17,20,23;17;f-ti-0;byteaSetBit
        740;text_lt;25,25;16;f-ti-0;= 741;text_le;25,25;16;f-ti-0;= 742;text_gt;25,25;16;f-ti-0;=
        743;text_ge;25,25;16;f-ti-0;= 744;array_eq;2277,2277;16;f-ti-0;= 745;current_user;-;19;f-ts-0;=
        746;session_user;-;19;f-ts-0;= 747;array_dims;2277;25;f-ti-0;= 748;array_ndims;2277;23;f-ti-0;=
        749;overlay;17,17,23,23;17;f-ti-0;byteaoverlay 752;overlay;17,17,23;17;f-ti-0;byteaoverlay_no_len
        754;int8;21;20;f-ti-0;int28 766;int4inc;23;23;f-ti-0;= 768;int4larger;23,23;23;f-ti-0;=
        769;int4smaller;23,23;23;f-ti-0;= 770;int2larger;21,21;21;f-ti-0;= 771;int2smaller;21,21;21;f-ti-0;=
        776;hashoidvectorextended;30,20;20;f-ti-0;= 780;hash_numeric_extended;1700,20;20;f-ti-0;=
        782;hash_array_extended;2277,20;20;f-ti-0;= 810;pg_client_encoding;-;19;f-ts-0;=
        817;current_query;-;25;f--v-0;= 837;int82pl;20,21;20;f-ti-0;= 838;int82mi;20,21;20;f-ti-0;=
        839;int82mul;20,21;20;f-ti-0;= 840;int82div;20,21;20;f-ti-0;= 841;int28pl;21,20;20;f-ti-0;=
        842;btint8cmp;20,20;23;f-ti-0;= 849;position;25,25;23;f-ti-0;textpos 850;textlike;25,25;16;f-ti-0;=
        851;textnlike;25,25;16;f-ti-0;= 852;int48eq;23,20;16;f-ti-0;= 853;int48ne;23,20;16;f-ti-0;=
        854;int48lt;23,20;16;f-ti-0;= 855;int48gt;23,20;16;f-ti-0;= 856;int48le;23,20;16;f-ti-0;=
        857;int48ge;23,20;16;f-ti-0;= 858;namelike;19,25;16;f-ti-0;= 859;namenlike;19,25;16;f-ti-0;=
        860;bpchar;18;1042;f-ti-0;char_bpchar 861;current_database;-;19;f-ts-0;= 868;strpos;25,25;23;f-ti-0;textpos
        870;lower;25;25;f-ti-0;= 871;upper;25;25;f-ti-0;= 872;initcap;25;25;f-ti-0;= 873;lpad;25,23,25;25;f-ti-0;= 874;rpad;25,23,25;25;f-ti-0;=
        875;ltrim;25,25;25;f-ti-0;= 876;rtrim;25,25;25;f-ti-0;= 877;substr;25,23,23;25;f-ti-0;text_substr
        878;translate;25,25,25;25;f-ti-0;= 879;lpad;25,23;25;f-ti-0;- 880;rpad;25,23;25;f-ti-0;-
        881;ltrim;25;25;f-ti-0;ltrim1 882;rtrim;25;25;f-ti-0;rtrim1 883;substr;25,23;25;f-ti-0;text_substr_no_len
        884;btrim;25,25;25;f-ti-0;= 885;btrim;25;25;f-ti-0;btrim1 936;substring;25,23,23;25;f-ti-0;text_substr
        937;substring;25,23;25;f-ti-0;text_substr_no_len
        938;generate_series;1114,1114,1186;1114;fsti-0;generate_series_timestamp
        939;generate_series;1184,1184,1186;1184;fsts-0;generate_series_timestamptz 940;mod;21,21;21;f-ti-0;int2mod
        941;mod;23,23;23;f-ti-0;int4mod 942;int28mi;21,20;20;f-ti-0;= 943;int28mul;21,20;20;f-ti-0;=
        944;char;25;18;f-ti-0;text_char 945;int8mod;20,20;20;f-ti-0;= 946;text;18;25;f-ti-0;char_text
        947;mod;20,20;20;f-ti-0;int8mod 948;int28div;21,20;20;f-ti-0;= 949;hashint8;20;23;f-ti-0;=
        972;hashbpcharextended;1042,20;20;f-ti-0;= 1026;timezone;1186,1184;1114;f-ti-0;timestamptz_izone
        1039;getdatabaseencoding;-;19;f-ts-0;= 1048;bpchareq;1042,1042;16;f-ti-0;= 1049;bpcharlt;1042,1042;16;f-ti-0;=
        1050;bpcharle;1042,1042;16;f-ti-0;= 1051;bpchargt;1042,1042;16;f-ti-0;= 1052;bpcharge;1042,1042;16;f-ti-0;=
        1053;bpcharne;1042,1042;16;f-ti-0;= 1063;bpchar_larger;1042,1042;1042;f-ti-0;=
        1064;bpchar_smaller;1042,1042;1042;f-ti-0;= 1065;pg_prepared_xact;-;2249;fstv-0;=
        1066;generate_series;23,23,23;23;fsti-0;generate_series_step_int4
        1067;generate_series;23,23;23;fsti-0;generate_series_int4
        1068;generate_series;20,20,20;20;fsti-0;generate_series_step_int8
        1069;generate_series;20,20;20;fsti-0;generate_series_int8 1078;bpcharcmp;1042,1042;23;f-ti-0;=
        1079;regclass;25;2205;f-ts-0;text_regclass 1080;hashbpchar;1042;23;f-ti-0;= 1081;format_type;26,23;25;f--s-0;=
        1086;date_eq;1082,1082;16;f-ti-0;= 1087;date_lt;1082,1082;16;f-ti-0;= 1088;date_le;1082,1082;16;f-ti-0;=
        1089;date_gt;1082,1082;16;f-ti-0;= 1090;date_ge;1082,1082;16;f-ti-0;= 1091;date_ne;1082,1082;16;f-ti-0;=
        1092;date_cmp;1082,1082;23;f-ti-0;= 1102;time_lt;1083,1083;16;f-ti-0;= 1103;time_le;1083,1083;16;f-ti-0;=
        1104;time_gt;1083,1083;16;f-ti-0;= 1105;time_ge;1083,1083;16;f-ti-0;= 1106;time_ne;1083,1083;16;f-ti-0;=
        1107;time_cmp;1083,1083;23;f-ti-0;= 1137;pg_get_wal_replay_pause_state;-;25;f-tv-0;=
        1138;date_larger;1082,1082;1082;f-ti-0;= 1139;date_smaller;1082,1082;1082;f-ti-0;=
        1140;date_mi;1082,1082;23;f-ti-0;= 1141;date_pli;1082,23;1082;f-ti-0;= 1142;date_mii;1082,23;1082;f-ti-0;=
        1145;time_eq;1083,1083;16;f-ti-0;= 1152;timestamptz_eq;1184,1184;16;f-ti-0;timestamp_eq
        1153;timestamptz_ne;1184,1184;16;f-ti-0;timestamp_ne 1154;timestamptz_lt;1184,1184;16;f-ti-0;timestamp_lt
        1155;timestamptz_le;1184,1184;16;f-ti-0;timestamp_le 1156;timestamptz_ge;1184,1184;16;f-ti-0;timestamp_ge
        1157;timestamptz_gt;1184,1184;16;f-ti-0;timestamp_gt 1158;to_timestamp;701;1184;f-ti-0;float8_timestamptz
        1159;timezone;25,1184;1114;f-ti-0;timestamptz_zone 1162;interval_eq;1186,1186;16;f-ti-0;=
        1163;interval_ne;1186,1186;16;f-ti-0;= 1164;interval_lt;1186,1186;16;f-ti-0;=
        1165;interval_le;1186,1186;16;f-ti-0;= 1166;interval_ge;1186,1186;16;f-ti-0;=
        1167;interval_gt;1186,1186;16;f-ti-0;= 1168;interval_um;1186;1186;f-ti-0;=
        1169;interval_pl;1186,1186;1186;f-ti-0;= 1170;interval_mi;1186,1186;1186;f-ti-0;=
        1171;date_part;25,1184;701;f-ts-0;timestamptz_part 1172;date_part;25,1186;701;f-ti-0;interval_part
        1174;timestamptz;1082;1184;f-ts-0;date_timestamptz 1175;justify_hours;1186;1186;f-ti-0;interval_justify_hours
        1176;timestamptz;1082,1083;1184;f-ts-0;- 1178;date;1184;1082;f-ts-0;timestamptz_date
        1181;age;28;23;f-ts-0;xid_age 1188;timestamptz_mi;1184,1184;1186;f-ti-0;timestamp_mi
        1189;timestamptz_pl_interval;1184,1186;1184;f-ts-0;= 1190;timestamptz_mi_interval;1184,1186;1184;f-ts-0;=
        1191;generate_subscripts;2277,23,16;23;fsti-0;=
        1192;generate_subscripts;2277,23;23;fsti-0;generate_subscripts_nodir 1193;array_fill;2283,1007;2277;f--i-0;=
        1195;timestamptz_smaller;1184,1184;1184;f-ti-0;timestamp_smaller
        1196;timestamptz_larger;1184,1184;1184;f-ti-0;timestamp_larger 1197;interval_smaller;1186,1186;1186;f-ti-0;=
        1198;interval_larger;1186,1186;1186;f-ti-0;= 1199;age;1184,1184;1186;f-ti-0;timestamptz_age
        1200;interval;1186,23;1186;f-ti-0;interval_scale 1215;obj_description;26,19;25;f-ts-0;-
        1216;col_description;26,23;25;f-ts-0;- 1217;date_trunc;25,1184;1184;f-ts-0;timestamptz_trunc
        1218;date_trunc;25,1186;1186;f-ti-0;interval_trunc 1219;int8inc;20;20;f-ti-0;= 1230;int8abs;20;20;f-ti-0;=
        1236;int8larger;20,20;20;f-ti-0;= 1237;int8smaller;20,20;20;f-ti-0;= 1238;texticregexeq;25,25;16;f-ti-0;=
        1239;texticregexne;25,25;16;f-ti-0;= 1240;nameicregexeq;19,25;16;f-ti-0;= 1241;nameicregexne;19,25;16;f-ti-0;=
        1246;charlt;18,18;16;f-ti-0;= 1251;int4abs;23;23;f-ti-0;= 1252;nameregexne;19,25;16;f-ti-0;=
        1253;int2abs;21;21;f-ti-0;= 1254;textregexeq;25,25;16;f-ti-0;= 1256;textregexne;25,25;16;f-ti-0;=
        1257;textlen;25;23;f-ti-0;= 1258;textcat;25,25;25;f-ti-0;=
        1264;pg_char_to_encoding;19;23;f-ts-0;PG_char_to_encoding 1265;tidne;27,27;16;f-ti-0;=
        1268;parse_ident;25,16;1009;f-ti-1;= 1269;pg_column_size;2276;23;f-ts-0;=
        1272;datetime_pl;1082,1083;1114;f-ti-0;datetime_timestamp 1274;int84pl;20,23;20;f-ti-0;=
        1275;int84mi;20,23;20;f-ti-0;= 1276;int84mul;20,23;20;f-ti-0;= 1277;int84div;20,23;20;f-ti-0;=
        1278;int48pl;23,20;20;f-ti-0;= 1279;int48mi;23,20;20;f-ti-0;= 1280;int48mul;23,20;20;f-ti-0;=
        1281;int48div;23,20;20;f-ti-0;= 1282;quote_ident;25;25;f-ti-0;= 1283;quote_literal;25;25;f-ti-0;=
        1284;date_trunc;25,1184,25;1184;f-ts-0;timestamptz_trunc_zone 1285;quote_literal;2283;25;f-ts-0;-
        1286;array_fill;2283,1007,1007;2277;f--i-0;array_fill_with_lower_bounds 1287;oid;20;26;f-ti-0;i8tooid
        1288;int8;26;20;f-ti-0;oidtoi8 1289;quote_nullable;25;25;f--i-0;= 1290;quote_nullable;2283;25;f--s-0;-
        1292;tideq;27,27;16;f-ti-0;= 1294;currtid2;25,27;27;f-tv-0;currtid_byrelname
        1295;justify_days;1186;1186;f-ti-0;interval_justify_days 1296;timedate_pl;1083,1082;1114;f-ti-0;-
        1299;now;-;1184;f-ts-0;= 1304;overlaps;1184,1184,1184,1184;16;f--i-0;overlaps_timestamp
        1305;overlaps;1184,1186,1184,1186;16;f--s-0;- 1306;overlaps;1184,1184,1184,1186;16;f--s-0;-
        1307;overlaps;1184,1186,1184,1184;16;f--s-0;- 1308;overlaps;1083,1083,1083,1083;16;f--i-0;overlaps_time
        1309;overlaps;1083,1186,1083,1186;16;f--i-0;- 1310;overlaps;1083,1083,1083,1186;16;f--i-0;-
        1311;overlaps;1083,1186,1083,1083;16;f--i-0;- 1314;timestamptz_cmp;1184,1184;23;f-ti-0;timestamp_cmp
        1315;interval_cmp;1186,1186;23;f-ti-0;= 1316;time;1114;1083;f-ti-0;timestamp_time
        1317;length;25;23;f-ti-0;textlen 1318;length;1042;23;f-ti-0;bpcharlen 1319;xideqint4;28,23;16;f-ti-0;xideq
        1326;interval_div;1186,701;1186;f-ti-0;= 1339;dlog10;701;701;f-ti-0;= 1340;log;701;701;f-ti-0;dlog10 1341;ln;701;701;f-ti-0;dlog1
        1342;round;701;701;f-ti-0;dround 1343;trunc;701;701;f-ti-0;dtrunc 1344;sqrt;701;701;f-ti-0;dsqrt
        1345;cbrt;701;701;f-ti-0;dcbrt 1346;pow;701,701;701;f-ti-0;dpow 1347;exp;701;701;f-ti-0;dexp
        1348;obj_description;26;25;f-ts-0;- 1349;oidvectortypes;30;25;f-ts-0;=
        1367;character_length;1042;23;f-ti-0;bpcharlen 1368;power;701,701;701;f-ti-0;dpow
        1369;character_length;25;23;f-ti-0;textlen 1370;interval;1083;1186;f-ti-0;time_interval
        1371;pg_lock_status;-;2249;fstv-0;= 1372;char_length;1042;23;f-ti-0;bpcharlen
        1373;isfinite;1082;16;f-ti-0;date_finite 1374;octet_length;25;23;f-ti-0;textoctetlen
        1375;octet_length;1042;23;f-ti-0;bpcharoctetlen 1376;factorial;20;1700;f-ti-0;numeric_fac
        1377;time_larger;1083,1083;1083;f-ti-0;= 1378;time_smaller;1083,1083;1083;f-ti-0;=
        1381;char_length;25;23;f-ti-0;textlen 1384;date_part;25,1082;701;f-ti-0;-
        1385;date_part;25,1083;701;f-ti-0;time_part 1386;age;1184;1186;f-ts-0;-
        1387;pg_get_constraintdef;26;25;f-ts-0;= 1389;isfinite;1184;16;f-ti-0;timestamp_finite
        1390;isfinite;1186;16;f-ti-0;interval_finite 1394;abs;700;700;f-ti-0;float4abs
        1395;abs;701;701;f-ti-0;float8abs 1396;abs;20;20;f-ti-0;int8abs 1397;abs;23;23;f-ti-0;int4abs
        1398;abs;21;21;f-ti-0;int2abs 1400;name;1043;19;f-ti-0;text_name 1401;varchar;19;1043;f-ti-0;name_text
        1402;current_schema;-;19;f-ts-0;= 1403;current_schemas;16;1003;f-ts-0;=
        1404;overlay;25,25,23,23;25;f-ti-0;textoverlay 1405;overlay;25,25,23;25;f-ti-0;textoverlay_no_len
        1419;time;1186;1083;f-ti-0;interval_time 1569;like;25,25;16;f-ti-0;textlike
        1570;notlike;25,25;16;f-ti-0;textnlike 1571;like;19,25;16;f-ti-0;namelike
        1572;notlike;19,25;16;f-ti-0;namenlike 1573;pg_get_ruledef;26;25;f-ts-0;=
        1574;nextval;2205;20;f-tv-0;nextval_oid 1575;currval;2205;20;f-tv-0;currval_oid
        1576;setval;2205,20;20;f-tv-0;setval_oid 1597;pg_encoding_to_char;23;19;f-ts-0;PG_encoding_to_char
        1598;random;-;701;f-tv-0;drandom 1599;setseed;701;2278;f-tv-0;= 1600;asin;701;701;f-ti-0;dasin
        1601;acos;701;701;f-ti-0;dacos 1602;atan;701;701;f-ti-0;datan 1603;atan2;701,701;701;f-ti-0;datan2
        1604;sin;701;701;f-ti-0;dsin 1605;cos;701;701;f-ti-0;dcos 1606;tan;701;701;f-ti-0;dtan
        1607;cot;701;701;f-ti-0;dcot 1608;degrees;701;701;f-ti-0;= 1609;radians;701;701;f-ti-0;=
        1610;pi;-;701;f-ti-0;dpi 1618;interval_mul;1186,701;1186;f-ti-0;= 1619;pg_typeof;2276;2206;f--s-0;=
        1620;ascii;25;23;f-ti-0;= 1621;chr;23;25;f-ti-0;= 1622;repeat;25,23;25;f-ti-0;=
        1623;similar_escape;25,25;25;f--i-0;= 1624;mul_d_interval;701,1186;1186;f-ti-0;=
        1631;bpcharlike;1042,25;16;f-ti-0;textlike 1632;bpcharnlike;1042,25;16;f-ti-0;textnlike
        1633;texticlike;25,25;16;f-ti-0;= 1634;texticnlike;25,25;16;f-ti-0;= 1635;nameiclike;19,25;16;f-ti-0;=
        1636;nameicnlike;19,25;16;f-ti-0;= 1637;like_escape;25,25;25;f-ti-0;= 1638;oidgt;26,26;16;f-ti-0;=
        1639;oidge;26,26;16;f-ti-0;= 1640;pg_get_viewdef;25;25;f-ts-0;pg_get_viewdef_name
        1641;pg_get_viewdef;26;25;f-ts-0;= 1642;pg_get_userbyid;26;19;f-ts-0;= 1643;pg_get_indexdef;26;25;f-ts-0;=
        1656;bpcharicregexeq;1042,25;16;f-ti-0;texticregexeq 1657;bpcharicregexne;1042,25;16;f-ti-0;texticregexne
        1658;bpcharregexeq;1042,25;16;f-ti-0;textregexeq 1659;bpcharregexne;1042,25;16;f-ti-0;textregexne
        1660;bpchariclike;1042,25;16;f-ti-0;texticlike 1661;bpcharicnlike;1042,25;16;f-ti-0;texticnlike
        1662;pg_get_triggerdef;26;25;f-ts-0;= 1665;pg_get_serial_sequence;25,25;25;f-ts-0;=
        1686;pg_get_keywords;-;2249;fsts-0;= 1688;time_hash;1083;23;f-ti-0;= 1689;aclexplode;1034;2249;fsts-0;=
        1690;time_mi_time;1083,1083;1186;f-ti-0;= 1691;boolle;16,16;16;f-ti-0;= 1692;boolge;16,16;16;f-ti-0;=
        1693;btboolcmp;16,16;23;f-ti-0;= 1697;interval_hash;1186;23;f-ti-0;= 1703;numeric;1700,23;1700;f-ti-0;=
        1704;numeric_abs;1700;1700;f-ti-0;= 1705;abs;1700;1700;f-ti-0;numeric_abs
        1706;sign;1700;1700;f-ti-0;numeric_sign 1707;round;1700,23;1700;f-ti-0;numeric_round
        1708;round;1700;1700;f-ti-0;- 1709;trunc;1700,23;1700;f-ti-0;numeric_trunc 1710;trunc;1700;1700;f-ti-0;-
        1711;ceil;1700;1700;f-ti-0;numeric_ceil 1712;floor;1700;1700;f-ti-0;numeric_floor
        1713;length;17,19;23;f-ts-0;length_in_encoding 1714;convert_from;17,19;25;f-ts-0;pg_convert_from
        1716;pg_get_expr;194,26;25;f-ts-0;= 1717;convert_to;25,19;17;f-ts-0;pg_convert_to
        1718;numeric_eq;1700,1700;16;f-ti-0;= 1719;numeric_ne;1700,1700;16;f-ti-0;=
        1720;numeric_gt;1700,1700;16;f-ti-0;= 1721;numeric_ge;1700,1700;16;f-ti-0;=
        1722;numeric_lt;1700,1700;16;f-ti-0;= 1723;numeric_le;1700,1700;16;f-ti-0;=
        1724;numeric_add;1700,1700;1700;f-ti-0;= 1725;numeric_sub;1700,1700;1700;f-ti-0;=
        1726;numeric_mul;1700,1700;1700;f-ti-0;= 1727;numeric_div;1700,1700;1700;f-ti-0;=
        1728;mod;1700,1700;1700;f-ti-0;numeric_mod 1729;numeric_mod;1700,1700;1700;f-ti-0;=
        1730;sqrt;1700;1700;f-ti-0;numeric_sqrt 1731;numeric_sqrt;1700;1700;f-ti-0;=
        1732;exp;1700;1700;f-ti-0;numeric_exp 1733;numeric_exp;1700;1700;f-ti-0;= 1734;ln;1700;1700;f-ti-0;numeric_ln
        1735;numeric_ln;1700;1700;f-ti-0;= 1737;numeric_log;1700,1700;1700;f-ti-0;=
        1736;log;1700,1700;1700;f-ti-0;numeric_log 1738;pow;1700,1700;1700;f-ti-0;numeric_power
        1741;log;1700;1700;f-ti-0;- 1481;log10;1700;1700;f-ti-0;- 1194;log10;701;701;f-ti-0;dlog10 1739;numeric_power;1700,1700;1700;f-ti-0;=
        1740;numeric;23;1700;f-ti-0;int4_numeric 1742;numeric;700;1700;f-ti-0;float4_numeric
        1743;numeric;701;1700;f-ti-0;float8_numeric 1744;int4;1700;23;f-ti-0;numeric_int4
        1745;float4;1700;700;f-ti-0;numeric_float4 1746;float8;1700;701;f-ti-0;numeric_float8
        1747;time_pl_interval;1083,1186;1083;f-ti-0;= 1748;time_mi_interval;1083,1186;1083;f-ti-0;=
        1764;numeric_inc;1700;1700;f-ti-0;= 1765;setval;2205,20,16;20;f-tv-0;setval3_oid
        1766;numeric_smaller;1700,1700;1700;f-ti-0;= 1767;numeric_larger;1700,1700;1700;f-ti-0;=
        1768;to_char;1186,25;25;f-ts-0;interval_to_char 1769;numeric_cmp;1700,1700;23;f-ti-0;=
        1770;to_char;1184,25;25;f-ts-0;timestamptz_to_char 1771;numeric_uminus;1700;1700;f-ti-0;=
        1772;to_char;1700,25;25;f-ts-0;numeric_to_char 1773;to_char;23,25;25;f-ts-0;int4_to_char
        1774;to_char;20,25;25;f-ts-0;int8_to_char 1775;to_char;700,25;25;f-ts-0;float4_to_char
        1776;to_char;701,25;25;f-ts-0;float8_to_char 1777;to_number;25,25;1700;f-ts-0;numeric_to_number
        1778;to_timestamp;25,25;1184;f-ts-0;= 1779;int8;1700;20;f-ti-0;numeric_int8 1780;to_date;25,25;1082;f-ts-0;=
        1781;numeric;20;1700;f-ti-0;int8_numeric 1782;numeric;21;1700;f-ti-0;int2_numeric
        1783;int2;1700;21;f-ti-0;numeric_int2 1810;bit_length;17;23;f-ti-0;- 1811;bit_length;25;23;f-ti-0;-
        1813;convert;17,19,19;17;f-ts-0;pg_convert 1830;float8_avg;1022;701;f-ti-0;=
        1831;float8_var_samp;1022;701;f-ti-0;= 1832;float8_stddev_samp;1022;701;f-ti-0;=
        1840;int2_sum;20,21;20;f--i-0;= 1841;int4_sum;20,23;20;f--i-0;= 1842;int8_sum;1700,20;1700;f--i-0;=
        1844;interval_avg;1187;1186;f-ti-0;= 1845;to_ascii;25;25;f-ti-0;to_ascii_default
        1846;to_ascii;25,23;25;f-ti-0;to_ascii_enc 1847;to_ascii;25,19;25;f-ti-0;to_ascii_encname
        1848;interval_pl_time;1186,1083;1083;f-ti-0;- 1850;int28eq;21,20;16;f-ti-0;= 1851;int28ne;21,20;16;f-ti-0;=
        1852;int28lt;21,20;16;f-ti-0;= 1853;int28gt;21,20;16;f-ti-0;= 1854;int28le;21,20;16;f-ti-0;=
        1855;int28ge;21,20;16;f-ti-0;= 1856;int82eq;20,21;16;f-ti-0;= 1857;int82ne;20,21;16;f-ti-0;=
        1858;int82lt;20,21;16;f-ti-0;= 1859;int82gt;20,21;16;f-ti-0;= 1860;int82le;20,21;16;f-ti-0;=
        1861;int82ge;20,21;16;f-ti-0;= 1892;int2and;21,21;21;f-ti-0;= 1893;int2or;21,21;21;f-ti-0;=
        1894;int2xor;21,21;21;f-ti-0;= 1895;int2not;21;21;f-ti-0;= 1896;int2shl;21,23;21;f-ti-0;=
        1897;int2shr;21,23;21;f-ti-0;= 1898;int4and;23,23;23;f-ti-0;= 1899;int4or;23,23;23;f-ti-0;=
        1900;int4xor;23,23;23;f-ti-0;= 1901;int4not;23;23;f-ti-0;= 1902;int4shl;23,23;23;f-ti-0;=
        1903;int4shr;23,23;23;f-ti-0;= 1904;int8and;20,20;20;f-ti-0;= 1905;int8or;20,20;20;f-ti-0;=
        1906;int8xor;20,20;20;f-ti-0;= 1907;int8not;20;20;f-ti-0;= 1908;int8shl;20,23;20;f-ti-0;=
        1909;int8shr;20,23;20;f-ti-0;= 1910;int8up;20;20;f-ti-0;= 1911;int2up;21;21;f-ti-0;= 1912;int4up;23;23;f-ti-0;=
        1913;float4up;700;700;f-ti-0;= 1914;float8up;701;701;f-ti-0;= 1915;numeric_uplus;1700;1700;f-ti-0;=
        1922;has_table_privilege;19,25,25;16;f-ts-0;has_table_privilege_name_name
        1923;has_table_privilege;19,26,25;16;f-ts-0;has_table_privilege_name_id
        1924;has_table_privilege;26,25,25;16;f-ts-0;has_table_privilege_id_name
        1925;has_table_privilege;26,26,25;16;f-ts-0;has_table_privilege_id_id
        1926;has_table_privilege;25,25;16;f-ts-0;has_table_privilege_name
        1927;has_table_privilege;26,25;16;f-ts-0;has_table_privilege_id 1946;encode;17,25;25;f-ti-0;binary_encode
        1947;decode;25,25;17;f-ti-0;binary_decode 1948;byteaeq;17,17;16;f-ti-0;= 1949;bytealt;17,17;16;f-ti-0;=
        1950;byteale;17,17;16;f-ti-0;= 1951;byteagt;17,17;16;f-ti-0;= 1952;byteage;17,17;16;f-ti-0;=
        1953;byteane;17,17;16;f-ti-0;= 1954;byteacmp;17,17;23;f-ti-0;=
        1961;timestamp;1114,23;1114;f-ti-0;timestamp_scale 1962;int2_avg_accum;1016,21;1016;f-ti-0;=
        1963;int4_avg_accum;1016,23;1016;f-ti-0;= 1964;int8_avg;1016;1700;f-ti-0;= 1965;oidlarger;26,26;26;f-ti-0;=
        1966;oidsmaller;26,26;26;f-ti-0;= 1967;timestamptz;1184,23;1184;f-ti-0;timestamptz_scale
        1968;time;1083,23;1083;f-ti-0;time_scale 1973;div;1700,1700;1700;f-ti-0;numeric_div_trunc
        1980;numeric_div_trunc;1700,1700;1700;f-ti-0;= 1986;similar_to_escape;25,25;25;f-ti-0;similar_to_escape_2
        1987;similar_to_escape;25;25;f-ti-0;similar_to_escape_1 1993;shobj_description;26,19;25;f-ts-0;-
        2003;textanycat;25,2776;25;f-ts-0;- 2004;anytextcat;2776,25;25;f-ts-0;- 2005;bytealike;17,17;16;f-ti-0;=
        2006;byteanlike;17,17;16;f-ti-0;= 2007;like;17,17;16;f-ti-0;bytealike 2008;notlike;17,17;16;f-ti-0;byteanlike
        2009;like_escape;17,17;17;f-ti-0;like_escape_bytea 2010;length;17;23;f-ti-0;byteaoctetlen
        2011;byteacat;17,17;17;f-ti-0;= 2012;substring;17,23,23;17;f-ti-0;bytea_substr
        2013;substring;17,23;17;f-ti-0;bytea_substr_no_len 2014;position;17,17;23;f-ti-0;byteapos
        2015;btrim;17,17;17;f-ti-0;byteatrim 2019;time;1184;1083;f-ts-0;timestamptz_time
        2020;date_trunc;25,1114;1114;f-ti-0;timestamp_trunc 2021;date_part;25,1114;701;f-ti-0;timestamp_part
        2024;timestamp;1082;1114;f-ti-0;date_timestamp 2025;timestamp;1082,1083;1114;f-ti-0;datetime_timestamp
        2026;pg_backend_pid;-;23;f-ts-0;= 2027;timestamp;1184;1114;f-ts-0;timestamptz_timestamp
        2028;timestamptz;1114;1184;f-ts-0;timestamp_timestamptz 2029;date;1114;1082;f-ti-0;timestamp_date
        2031;timestamp_mi;1114,1114;1186;f-ti-0;= 2032;timestamp_pl_interval;1114,1186;1114;f-ti-0;=
        2033;timestamp_mi_interval;1114,1186;1114;f-ti-0;= 2034;pg_conf_load_time;-;1184;f-ts-0;=
        2035;timestamp_smaller;1114,1114;1114;f-ti-0;= 2036;timestamp_larger;1114,1114;1114;f-ti-0;=
        2039;timestamp_hash;1114;23;f-ti-0;= 2041;overlaps;1114,1114,1114,1114;16;f--i-0;overlaps_timestamp
        2042;overlaps;1114,1186,1114,1186;16;f--i-0;- 2043;overlaps;1114,1114,1114,1186;16;f--i-0;-
        2044;overlaps;1114,1186,1114,1114;16;f--i-0;- 2045;timestamp_cmp;1114,1114;23;f-ti-0;=
        2048;isfinite;1114;16;f-ti-0;timestamp_finite 2049;to_char;1114,25;25;f-ts-0;timestamp_to_char
        2050;max;2277;2277;a--i-0;aggregate_dummy 2051;min;2277;2277;a--i-0;aggregate_dummy
        2052;timestamp_eq;1114,1114;16;f-ti-0;= 2053;timestamp_ne;1114,1114;16;f-ti-0;=
        2054;timestamp_lt;1114,1114;16;f-ti-0;= 2055;timestamp_le;1114,1114;16;f-ti-0;=
        2056;timestamp_ge;1114,1114;16;f-ti-0;= 2057;timestamp_gt;1114,1114;16;f-ti-0;=
        2058;age;1114,1114;1186;f-ti-0;timestamp_age 2059;age;1114;1186;f-ts-0;-
        2069;timezone;25,1114;1184;f-ti-0;timestamp_zone 2070;timezone;1186,1114;1184;f-ti-0;timestamp_izone
        2071;date_pl_interval;1082,1186;1114;f-ti-0;= 2072;date_mi_interval;1082,1186;1114;f-ti-0;=
        2073;substring;25,25;25;f-ti-0;textregexsubstr 2074;substring;25,25,25;25;f-ti-0;-
        2077;current_setting;25;25;f-ts-0;show_config_by_name 2078;set_config;25,25,16;25;f--v-0;set_config_by_name
        2079;pg_table_is_visible;26;16;f-ts-0;= 2080;pg_type_is_visible;26;16;f-ts-0;=
        2081;pg_function_is_visible;26;16;f-ts-0;= 2082;pg_operator_is_visible;26;16;f-ts-0;=
        2083;pg_opclass_is_visible;26;16;f-ts-0;= 2084;pg_show_all_settings;-;2249;fsts-0;show_all_settings
        2085;substr;17,23,23;17;f-ti-0;bytea_substr 2086;substr;17,23;17;f-ti-0;bytea_substr_no_len
        2087;replace;25,25,25;25;f-ti-0;replace_text 2088;split_part;25,25,23;25;f-ti-0;=
        2089;to_hex;23;25;f-ti-0;to_hex32 2090;to_hex;20;25;f-ti-0;to_hex64 2091;array_lower;2277,23;23;f-ti-0;=
        2092;array_upper;2277,23;23;f-ti-0;= 2093;pg_conversion_is_visible;26;16;f-ts-0;=
        2096;pg_terminate_backend;23,20;16;f-tv-1;= 2098;pg_get_functiondef;26;25;f-ts-0;=
        2100;avg;20;1700;a--i-0;aggregate_dummy 2101;avg;23;1700;a--i-0;aggregate_dummy
        2102;avg;21;1700;a--i-0;aggregate_dummy 2103;avg;1700;1700;a--i-0;aggregate_dummy
        2104;avg;700;701;a--i-0;aggregate_dummy 2105;avg;701;701;a--i-0;aggregate_dummy
        2106;avg;1186;1186;a--i-0;aggregate_dummy 2107;sum;20;1700;a--i-0;aggregate_dummy
        2108;sum;23;20;a--i-0;aggregate_dummy 2109;sum;21;20;a--i-0;aggregate_dummy
        2110;sum;700;700;a--i-0;aggregate_dummy 2111;sum;701;701;a--i-0;aggregate_dummy
        2113;sum;1186;1186;a--i-0;aggregate_dummy 2114;sum;1700;1700;a--i-0;aggregate_dummy
        2115;max;20;20;a--i-0;aggregate_dummy 2116;max;23;23;a--i-0;aggregate_dummy
        2117;max;21;21;a--i-0;aggregate_dummy 2118;max;26;26;a--i-0;aggregate_dummy
        2119;max;700;700;a--i-0;aggregate_dummy 2120;max;701;701;a--i-0;aggregate_dummy
        2121;pg_column_compression;2276;25;f-ts-0;= 2122;max;1082;1082;a--i-0;aggregate_dummy
        2123;max;1083;1083;a--i-0;aggregate_dummy 2126;max;1114;1114;a--i-0;aggregate_dummy
        2127;max;1184;1184;a--i-0;aggregate_dummy 2128;max;1186;1186;a--i-0;aggregate_dummy
        2129;max;25;25;a--i-0;aggregate_dummy 2130;max;1700;1700;a--i-0;aggregate_dummy
        2131;min;20;20;a--i-0;aggregate_dummy 2132;min;23;23;a--i-0;aggregate_dummy
        2133;min;21;21;a--i-0;aggregate_dummy 2134;min;26;26;a--i-0;aggregate_dummy
        2135;min;700;700;a--i-0;aggregate_dummy 2136;min;701;701;a--i-0;aggregate_dummy
        2138;min;1082;1082;a--i-0;aggregate_dummy 2139;min;1083;1083;a--i-0;aggregate_dummy
        2142;min;1114;1114;a--i-0;aggregate_dummy 2143;min;1184;1184;a--i-0;aggregate_dummy
        2144;min;1186;1186;a--i-0;aggregate_dummy 2145;min;25;25;a--i-0;aggregate_dummy
        2146;min;1700;1700;a--i-0;aggregate_dummy 2147;count;2276;20;a--i-0;aggregate_dummy
        2148;variance;20;1700;a--i-0;aggregate_dummy 2149;variance;23;1700;a--i-0;aggregate_dummy
        2150;variance;21;1700;a--i-0;aggregate_dummy 2151;variance;700;701;a--i-0;aggregate_dummy
        2152;variance;701;701;a--i-0;aggregate_dummy 2153;variance;1700;1700;a--i-0;aggregate_dummy
        2154;stddev;20;1700;a--i-0;aggregate_dummy 2155;stddev;23;1700;a--i-0;aggregate_dummy
        2156;stddev;21;1700;a--i-0;aggregate_dummy 2157;stddev;700;701;a--i-0;aggregate_dummy
        2158;stddev;701;701;a--i-0;aggregate_dummy 2159;stddev;1700;1700;a--i-0;aggregate_dummy
        2160;text_pattern_lt;25,25;16;f-ti-0;= 2161;text_pattern_le;25,25;16;f-ti-0;=
        2162;pg_get_function_arguments;26;25;f-ts-0;= 2163;text_pattern_ge;25,25;16;f-ti-0;=
        2164;text_pattern_gt;25,25;16;f-ti-0;= 2165;pg_get_function_result;26;25;f-ts-0;=
        2166;bttext_pattern_cmp;25,25;23;f-ti-0;= 2167;ceiling;1700;1700;f-ti-0;numeric_ceil
        2168;pg_database_size;19;20;f-tv-0;pg_database_size_name 2169;power;1700,1700;1700;f-ti-0;numeric_power
        2170;width_bucket;1700,1700,1700,23;23;f-ti-0;width_bucket_numeric 2171;pg_cancel_backend;23;16;f-tv-0;=
        2174;bpchar_pattern_lt;1042,1042;16;f-ti-0;= 2175;bpchar_pattern_le;1042,1042;16;f-ti-0;=
        2176;array_length;2277,23;23;f-ti-0;= 2177;bpchar_pattern_ge;1042,1042;16;f-ti-0;=
        2178;bpchar_pattern_gt;1042,1042;16;f-ti-0;= 2180;btbpchar_pattern_cmp;1042,1042;23;f-ti-0;=
        2181;has_sequence_privilege;19,25,25;16;f-ts-0;has_sequence_privilege_name_name
        2182;has_sequence_privilege;19,26,25;16;f-ts-0;has_sequence_privilege_name_id
        2183;has_sequence_privilege;26,25,25;16;f-ts-0;has_sequence_privilege_id_name
        2184;has_sequence_privilege;26,26,25;16;f-ts-0;has_sequence_privilege_id_id
        2185;has_sequence_privilege;25,25;16;f-ts-0;has_sequence_privilege_name
        2186;has_sequence_privilege;26,25;16;f-ts-0;has_sequence_privilege_id 2188;btint48cmp;23,20;23;f-ti-0;=
        2189;btint84cmp;20,23;23;f-ti-0;= 2190;btint24cmp;21,23;23;f-ti-0;= 2191;btint42cmp;23,21;23;f-ti-0;=
        2192;btint28cmp;21,20;23;f-ti-0;= 2193;btint82cmp;20,21;23;f-ti-0;= 2194;btfloat48cmp;700,701;23;f-ti-0;=
        2195;btfloat84cmp;701,700;23;f-ti-0;= 2232;pg_get_function_identity_arguments;26;25;f-ts-0;=
        2236;bit_and;21;21;a--i-0;aggregate_dummy 2237;bit_or;21;21;a--i-0;aggregate_dummy
        2238;bit_and;23;23;a--i-0;aggregate_dummy 2239;bit_or;23;23;a--i-0;aggregate_dummy
        2240;bit_and;20;20;a--i-0;aggregate_dummy 2241;bit_or;20;20;a--i-0;aggregate_dummy
        2244;max;1042;1042;a--i-0;aggregate_dummy 2245;min;1042;1042;a--i-0;aggregate_dummy
        2246;fmgr_internal_validator;26;2278;f-ts-0;= 2247;fmgr_c_validator;26;2278;f-ts-0;=
        2248;fmgr_sql_validator;26;2278;f-ts-0;=
        2250;has_database_privilege;19,25,25;16;f-ts-0;has_database_privilege_name_name
        2251;has_database_privilege;19,26,25;16;f-ts-0;has_database_privilege_name_id
        2252;has_database_privilege;26,25,25;16;f-ts-0;has_database_privilege_id_name
        2253;has_database_privilege;26,26,25;16;f-ts-0;has_database_privilege_id_id
        2254;has_database_privilege;25,25;16;f-ts-0;has_database_privilege_name
        2255;has_database_privilege;26,25;16;f-ts-0;has_database_privilege_id
        2268;has_schema_privilege;19,25,25;16;f-ts-0;has_schema_privilege_name_name
        2269;has_schema_privilege;19,26,25;16;f-ts-0;has_schema_privilege_name_id
        2270;has_schema_privilege;26,25,25;16;f-ts-0;has_schema_privilege_id_name
        2271;has_schema_privilege;26,26,25;16;f-ts-0;has_schema_privilege_id_id
        2272;has_schema_privilege;25,25;16;f-ts-0;has_schema_privilege_name
        2273;has_schema_privilege;26,25;16;f-ts-0;has_schema_privilege_id
        2282;pg_get_backend_memory_contexts;-;2249;fstv-0;=
        2284;regexp_replace;25,25,25;25;f-ti-0;textregexreplace_noopt
        2285;regexp_replace;25,25,25,25;25;f-ti-0;textregexreplace 2286;pg_total_relation_size;2205;20;f-tv-0;=
        2288;pg_size_pretty;20;25;f-ti-0;= 2289;pg_options_to_table;1009;2249;fsts-0;= 2308;ceil;701;701;f-ti-0;dceil
        2309;floor;701;701;f-ti-0;dfloor 2310;sign;701;701;f-ti-0;dsign 2311;md5;25;25;f-ti-0;md5_text
        2316;postgresql_fdw_validator;1009,26;16;f-ti-0;=
        2319;pg_encoding_max_length;23;23;f-ti-0;pg_encoding_max_length_sql 2320;ceiling;701;701;f-ti-0;dceil
        2321;md5;17;25;f-ti-0;md5_bytea 2322;pg_tablespace_size;26;20;f-tv-0;pg_tablespace_size_oid
        2323;pg_tablespace_size;19;20;f-tv-0;pg_tablespace_size_name
        2324;pg_database_size;26;20;f-tv-0;pg_database_size_oid 2325;pg_relation_size;2205;20;f-tv-0;-
        2331;unnest;2277;2283;fsti-0;array_unnest 2332;pg_relation_size;2205,25;20;f-tv-0;=
        2335;array_agg;2776;2277;a--i-0;aggregate_dummy 2338;date_lt_timestamp;1082,1114;16;f-ti-0;=
        2339;date_le_timestamp;1082,1114;16;f-ti-0;= 2340;date_eq_timestamp;1082,1114;16;f-ti-0;=
        2341;date_gt_timestamp;1082,1114;16;f-ti-0;= 2342;date_ge_timestamp;1082,1114;16;f-ti-0;=
        2343;date_ne_timestamp;1082,1114;16;f-ti-0;= 2344;date_cmp_timestamp;1082,1114;23;f-ti-0;=
        2351;date_lt_timestamptz;1082,1184;16;f-ts-0;= 2352;date_le_timestamptz;1082,1184;16;f-ts-0;=
        2353;date_eq_timestamptz;1082,1184;16;f-ts-0;= 2354;date_gt_timestamptz;1082,1184;16;f-ts-0;=
        2355;date_ge_timestamptz;1082,1184;16;f-ts-0;= 2356;date_ne_timestamptz;1082,1184;16;f-ts-0;=
        2357;date_cmp_timestamptz;1082,1184;23;f-ts-0;= 2364;timestamp_lt_date;1114,1082;16;f-ti-0;=
        2365;timestamp_le_date;1114,1082;16;f-ti-0;= 2366;timestamp_eq_date;1114,1082;16;f-ti-0;=
        2367;timestamp_gt_date;1114,1082;16;f-ti-0;= 2368;timestamp_ge_date;1114,1082;16;f-ti-0;=
        2369;timestamp_ne_date;1114,1082;16;f-ti-0;= 2370;timestamp_cmp_date;1114,1082;23;f-ti-0;=
        2377;timestamptz_lt_date;1184,1082;16;f-ts-0;= 2378;timestamptz_le_date;1184,1082;16;f-ts-0;=
        2379;timestamptz_eq_date;1184,1082;16;f-ts-0;= 2380;timestamptz_gt_date;1184,1082;16;f-ts-0;=
        2381;timestamptz_ge_date;1184,1082;16;f-ts-0;= 2382;timestamptz_ne_date;1184,1082;16;f-ts-0;=
        2383;timestamptz_cmp_date;1184,1082;23;f-ts-0;= 2401;array_send;2277;17;f-ts-0;=
        2403;record_send;2249;17;f-ts-0;= 2405;int2send;21;17;f-ti-0;= 2407;int4send;23;17;f-ti-0;=
        2409;int8send;20;17;f-ti-0;= 2411;int2vectorsend;22;17;f-ti-0;= 2413;byteasend;17;17;f-ti-0;=
        2415;textsend;25;17;f-ts-0;= 2417;unknownsend;705;17;f-ti-0;= 2419;oidsend;26;17;f-ti-0;=
        2421;oidvectorsend;30;17;f-ti-0;= 2423;namesend;19;17;f-ts-0;= 2425;float4send;700;17;f-ti-0;=
        2427;float8send;701;17;f-ti-0;= 2431;bpcharsend;1042;17;f-ts-0;= 2433;varcharsend;1043;17;f-ts-0;=
        2435;charsend;18;17;f-ti-0;= 2437;boolsend;16;17;f-ti-0;= 2439;tidsend;27;17;f-ti-0;=
        2441;xidsend;28;17;f-ti-0;= 2443;cidsend;29;17;f-ti-0;= 2445;regprocsend;24;17;f-ti-0;=
        2447;regproceduresend;2202;17;f-ti-0;= 2449;regopersend;2203;17;f-ti-0;= 2451;regoperatorsend;2204;17;f-ti-0;=
        2453;regclasssend;2205;17;f-ti-0;= 2455;regtypesend;2206;17;f-ti-0;= 2461;numeric_send;1700;17;f-ti-0;=
        2462;sinh;701;701;f-ti-0;dsinh 2463;cosh;701;701;f-ti-0;dcosh 2464;tanh;701;701;f-ti-0;dtanh
        2465;asinh;701;701;f-ti-0;dasinh 2466;acosh;701;701;f-ti-0;dacosh 2467;atanh;701;701;f-ti-0;datanh
        2469;date_send;1082;17;f-ti-0;= 2471;time_send;1083;17;f-ti-0;= 2475;timestamp_send;1114;17;f-ti-0;=
        2477;timestamptz_send;1184;17;f-ti-0;= 2479;interval_send;1186;17;f-ti-0;= 2503;anyarray_send;2277;17;f-ts-0;=
        2504;pg_get_ruledef;26,16;25;f-ts-0;pg_get_ruledef_ext
        2505;pg_get_viewdef;25,16;25;f-ts-0;pg_get_viewdef_name_ext
        2506;pg_get_viewdef;26,16;25;f-ts-0;pg_get_viewdef_ext
        2507;pg_get_indexdef;26,23,16;25;f-ts-0;pg_get_indexdef_ext
        2508;pg_get_constraintdef;26,16;25;f-ts-0;pg_get_constraintdef_ext
        2509;pg_get_expr;194,26,16;25;f-ts-0;pg_get_expr_ext 2510;pg_prepared_statement;-;2249;fsts-0;=
        2511;pg_cursor;-;2249;fsts-0;= 2512;float8_var_pop;1022;701;f-ti-0;= 2513;float8_stddev_pop;1022;701;f-ti-0;=
        2515;booland_statefunc;16,16;16;f-ti-0;= 2516;boolor_statefunc;16,16;16;f-ti-0;=
        2517;bool_and;16;16;a--i-0;aggregate_dummy 2518;bool_or;16;16;a--i-0;aggregate_dummy
        2519;every;16;16;a--i-0;aggregate_dummy 2520;timestamp_lt_timestamptz;1114,1184;16;f-ts-0;=
        2521;timestamp_le_timestamptz;1114,1184;16;f-ts-0;= 2522;timestamp_eq_timestamptz;1114,1184;16;f-ts-0;=
        2523;timestamp_gt_timestamptz;1114,1184;16;f-ts-0;= 2524;timestamp_ge_timestamptz;1114,1184;16;f-ts-0;=
        2525;timestamp_ne_timestamptz;1114,1184;16;f-ts-0;= 2526;timestamp_cmp_timestamptz;1114,1184;23;f-ts-0;=
        2527;timestamptz_lt_timestamp;1184,1114;16;f-ts-0;= 2528;timestamptz_le_timestamp;1184,1114;16;f-ts-0;=
        2529;timestamptz_eq_timestamp;1184,1114;16;f-ts-0;= 2530;timestamptz_gt_timestamp;1184,1114;16;f-ts-0;=
        2531;timestamptz_ge_timestamp;1184,1114;16;f-ts-0;= 2532;timestamptz_ne_timestamp;1184,1114;16;f-ts-0;=
        2533;timestamptz_cmp_timestamp;1184,1114;23;f-ts-0;= 2546;interval_pl_date;1186,1082;1114;f-ti-0;-
        2548;interval_pl_timestamp;1186,1114;1114;f-ti-0;- 2549;interval_pl_timestamptz;1186,1184;1184;f-ts-0;-
        2550;integer_pl_date;23,1082;1082;f-ti-0;- 2556;pg_tablespace_databases;26;26;fsts-0;=
        2557;bool;23;16;f-ti-0;int4_bool 2558;int4;16;23;f-ti-0;bool_int4 2559;lastval;-;20;f-tv-0;=
        2560;pg_postmaster_start_time;-;1184;f-ts-0;= 2561;pg_blocking_pids;23;1007;f-tv-0;=
        2580;float8;3802;701;f-ti-0;jsonb_float8 2599;pg_timezone_abbrevs;-;2249;fsts-0;=
        2621;pg_reload_conf;-;16;f-tv-0;= 2622;pg_rotate_logfile;-;16;f-tv-0;pg_rotate_logfile_v2
        2626;pg_sleep;701;2278;f-tv-0;= 2641;var_samp;20;1700;a--i-0;aggregate_dummy
        2642;var_samp;23;1700;a--i-0;aggregate_dummy 2643;var_samp;21;1700;a--i-0;aggregate_dummy
        2644;var_samp;700;701;a--i-0;aggregate_dummy 2645;var_samp;701;701;a--i-0;aggregate_dummy
        2646;var_samp;1700;1700;a--i-0;aggregate_dummy 2647;transaction_timestamp;-;1184;f-ts-0;now
        2648;statement_timestamp;-;1184;f-ts-0;= 2649;clock_timestamp;-;1184;f-tv-0;=
        2705;pg_has_role;19,19,25;16;f-ts-0;pg_has_role_name_name
        2706;pg_has_role;19,26,25;16;f-ts-0;pg_has_role_name_id 2707;pg_has_role;26,19,25;16;f-ts-0;pg_has_role_id_name
        2708;pg_has_role;26,26,25;16;f-ts-0;pg_has_role_id_id 2709;pg_has_role;19,25;16;f-ts-0;pg_has_role_name
        2710;pg_has_role;26,25;16;f-ts-0;pg_has_role_id
        2711;justify_interval;1186;1186;f-ti-0;interval_justify_interval
        2712;stddev_samp;20;1700;a--i-0;aggregate_dummy 2713;stddev_samp;23;1700;a--i-0;aggregate_dummy
        2714;stddev_samp;21;1700;a--i-0;aggregate_dummy 2715;stddev_samp;700;701;a--i-0;aggregate_dummy
        2716;stddev_samp;701;701;a--i-0;aggregate_dummy 2717;stddev_samp;1700;1700;a--i-0;aggregate_dummy
        2718;var_pop;20;1700;a--i-0;aggregate_dummy 2719;var_pop;23;1700;a--i-0;aggregate_dummy
        2720;var_pop;21;1700;a--i-0;aggregate_dummy 2721;var_pop;700;701;a--i-0;aggregate_dummy
        2722;var_pop;701;701;a--i-0;aggregate_dummy 2723;var_pop;1700;1700;a--i-0;aggregate_dummy
        2724;stddev_pop;20;1700;a--i-0;aggregate_dummy 2725;stddev_pop;23;1700;a--i-0;aggregate_dummy
        2726;stddev_pop;21;1700;a--i-0;aggregate_dummy 2727;stddev_pop;700;701;a--i-0;aggregate_dummy
        2728;stddev_pop;701;701;a--i-0;aggregate_dummy 2729;stddev_pop;1700;1700;a--i-0;aggregate_dummy
        2730;pg_get_triggerdef;26,16;25;f-ts-0;pg_get_triggerdef_ext 2731;asind;701;701;f-ti-0;dasind
        2732;acosd;701;701;f-ti-0;dacosd 2733;atand;701;701;f-ti-0;datand 2734;atan2d;701,701;701;f-ti-0;datan2d
        2735;sind;701;701;f-ti-0;dsind 2736;cosd;701;701;f-ti-0;dcosd 2737;tand;701;701;f-ti-0;dtand
        2738;cotd;701;701;f-ti-0;dcotd 2747;arrayoverlap;2277,2277;16;f-ti-0;= 2748;arraycontains;2277,2277;16;f-ti-0;=
        2749;arraycontained;2277,2277;16;f-ti-0;= 2763;regexp_matches;25,25;1009;fsti-0;regexp_matches_no_flags
        2764;regexp_matches;25,25,25;1009;fsti-0;=
        2765;regexp_split_to_table;25,25;25;fsti-0;regexp_split_to_table_no_flags
        2766;regexp_split_to_table;25,25,25;25;fsti-0;=
        2767;regexp_split_to_array;25,25;1009;f-ti-0;regexp_split_to_array_no_flags
        2768;regexp_split_to_array;25,25,25;1009;f-ti-0;= 2790;tidgt;27,27;16;f-ti-0;= 2791;tidlt;27,27;16;f-ti-0;=
        2792;tidge;27,27;16;f-ti-0;= 2793;tidle;27,27;16;f-ti-0;= 2794;bttidcmp;27,27;23;f-ti-0;=
        2795;tidlarger;27,27;27;f-ti-0;= 2796;tidsmaller;27,27;27;f-ti-0;= 2797;max;27;27;a--i-0;aggregate_dummy
        2798;min;27;27;a--i-0;aggregate_dummy 2803;count;-;20;a--i-0;aggregate_dummy
        2804;int8inc_any;20,2276;20;f-ti-0;= 2805;int8inc_float8_float8;20,701,701;20;f-ti-0;=
        2807;float8_regr_sxx;1022;701;f-ti-0;= 2808;float8_regr_syy;1022;701;f-ti-0;=
        2809;float8_regr_sxy;1022;701;f-ti-0;= 2810;float8_regr_avgx;1022;701;f-ti-0;=
        2811;float8_regr_avgy;1022;701;f-ti-0;= 2812;float8_regr_r2;1022;701;f-ti-0;=
        2813;float8_regr_slope;1022;701;f-ti-0;= 2814;float8_regr_intercept;1022;701;f-ti-0;=
        2815;float8_covar_pop;1022;701;f-ti-0;= 2816;float8_covar_samp;1022;701;f-ti-0;=
        2817;float8_corr;1022;701;f-ti-0;= 2827;covar_pop;701,701;701;a--i-0;aggregate_dummy
        2828;covar_samp;701,701;701;a--i-0;aggregate_dummy 2829;corr;701,701;701;a--i-0;aggregate_dummy
        2854;pg_my_temp_schema;-;26;f-ts-0;= 2855;pg_is_other_temp_schema;26;16;f-ts-0;=
        2856;pg_timezone_names;-;2249;fsts-0;= 2880;pg_advisory_lock;20;2278;f-tv-0;pg_advisory_lock_int8
        2881;pg_advisory_lock_shared;20;2278;f-tv-0;pg_advisory_lock_shared_int8
        2882;pg_try_advisory_lock;20;16;f-tv-0;pg_try_advisory_lock_int8
        2883;pg_try_advisory_lock_shared;20;16;f-tv-0;pg_try_advisory_lock_shared_int8
        2884;pg_advisory_unlock;20;16;f-tv-0;pg_advisory_unlock_int8
        2885;pg_advisory_unlock_shared;20;16;f-tv-0;pg_advisory_unlock_shared_int8
        2886;pg_advisory_lock;23,23;2278;f-tv-0;pg_advisory_lock_int4
        2887;pg_advisory_lock_shared;23,23;2278;f-tv-0;pg_advisory_lock_shared_int4
        2888;pg_try_advisory_lock;23,23;16;f-tv-0;pg_try_advisory_lock_int4
        2889;pg_try_advisory_lock_shared;23,23;16;f-tv-0;pg_try_advisory_lock_shared_int4
        2890;pg_advisory_unlock;23,23;16;f-tv-0;pg_advisory_unlock_int4
        2891;pg_advisory_unlock_shared;23,23;16;f-tv-0;pg_advisory_unlock_shared_int4
        2892;pg_advisory_unlock_all;-;2278;f-tv-0;= 2943;txid_current;-;20;f-ts-0;pg_current_xact_id
        2954;uuid_lt;2950,2950;16;f-ti-0;= 2955;uuid_le;2950,2950;16;f-ti-0;= 2956;uuid_eq;2950,2950;16;f-ti-0;=
        2957;uuid_ge;2950,2950;16;f-ti-0;= 2958;uuid_gt;2950,2950;16;f-ti-0;= 2959;uuid_ne;2950,2950;16;f-ti-0;=
        2960;uuid_cmp;2950,2950;23;f-ti-0;= 2962;uuid_send;2950;17;f-ti-0;= 2963;uuid_hash;2950;23;f-ti-0;=
        2971;text;16;25;f-ti-0;booltext 2981;record_eq;2249,2249;16;f-ti-0;= 2982;record_ne;2249,2249;16;f-ti-0;=
        2983;record_lt;2249,2249;16;f-ti-0;= 2984;record_gt;2249,2249;16;f-ti-0;= 2985;record_le;2249,2249;16;f-ti-0;=
        2986;record_ge;2249,2249;16;f-ti-0;= 2987;btrecordcmp;2249,2249;23;f-ti-0;= 2997;pg_table_size;2205;20;f-tv-0;=
        2998;pg_indexes_size;2205;20;f-tv-0;= 2999;pg_relation_filenode;2205;26;f-ts-0;=
        3012;has_column_privilege;19,25,25,25;16;f-ts-0;has_column_privilege_name_name_name
        3013;has_column_privilege;19,25,21,25;16;f-ts-0;has_column_privilege_name_name_attnum
        3014;has_column_privilege;19,26,25,25;16;f-ts-0;has_column_privilege_name_id_name
        3015;has_column_privilege;19,26,21,25;16;f-ts-0;has_column_privilege_name_id_attnum
        3016;has_column_privilege;26,25,25,25;16;f-ts-0;has_column_privilege_id_name_name
        3017;has_column_privilege;26,25,21,25;16;f-ts-0;has_column_privilege_id_name_attnum
        3018;has_column_privilege;26,26,25,25;16;f-ts-0;has_column_privilege_id_id_name
        3019;has_column_privilege;26,26,21,25;16;f-ts-0;has_column_privilege_id_id_attnum
        3020;has_column_privilege;25,25,25;16;f-ts-0;has_column_privilege_name_name
        3021;has_column_privilege;25,21,25;16;f-ts-0;has_column_privilege_name_attnum
        3022;has_column_privilege;26,25,25;16;f-ts-0;has_column_privilege_id_name
        3023;has_column_privilege;26,21,25;16;f-ts-0;has_column_privilege_id_attnum
        3024;has_any_column_privilege;19,25,25;16;f-ts-0;has_any_column_privilege_name_name
        3025;has_any_column_privilege;19,26,25;16;f-ts-0;has_any_column_privilege_name_id
        3026;has_any_column_privilege;26,25,25;16;f-ts-0;has_any_column_privilege_id_name
        3027;has_any_column_privilege;26,26,25;16;f-ts-0;has_any_column_privilege_id_id
        3028;has_any_column_privilege;25,25;16;f-ts-0;has_any_column_privilege_name
        3029;has_any_column_privilege;26,25;16;f-ts-0;has_any_column_privilege_id
        3034;pg_relation_filepath;2205;25;f-ts-0;= 3035;pg_listening_channels;-;25;fsts-0;=
        3036;pg_notify;25,25;2278;f--v-0;= 3058;concat;2276;25;f--sv0;text_concat
        3059;concat_ws;25,2276;25;f--sv0;text_concat_ws 3060;left;25,23;25;f-ti-0;text_left
        3061;right;25,23;25;f-ti-0;text_right 3062;reverse;25;25;f-ti-0;text_reverse
        3073;pg_is_wal_replay_paused;-;16;f-tv-0;= 3078;pg_sequence_parameters;26;2249;f-ts-0;=
        3082;pg_available_extensions;-;2249;fsts-0;= 3083;pg_available_extension_versions;-;2249;fsts-0;=
        3084;pg_extension_update_paths;19;2249;fsts-0;= 3086;pg_extension_config_dump;2205,25;2278;f-tv-0;=
        3089;pg_advisory_xact_lock;20;2278;f-tv-0;pg_advisory_xact_lock_int8
        3090;pg_advisory_xact_lock_shared;20;2278;f-tv-0;pg_advisory_xact_lock_shared_int8
        3091;pg_try_advisory_xact_lock;20;16;f-tv-0;pg_try_advisory_xact_lock_int8
        3092;pg_try_advisory_xact_lock_shared;20;16;f-tv-0;pg_try_advisory_xact_lock_shared_int8
        3093;pg_advisory_xact_lock;23,23;2278;f-tv-0;pg_advisory_xact_lock_int4
        3094;pg_advisory_xact_lock_shared;23,23;2278;f-tv-0;pg_advisory_xact_lock_shared_int4
        3095;pg_try_advisory_xact_lock;23,23;16;f-tv-0;pg_try_advisory_xact_lock_int4
        3096;pg_try_advisory_xact_lock_shared;23,23;16;f-tv-0;pg_try_advisory_xact_lock_shared_int4
        3100;row_number;-;20;w--i-0;window_row_number 3101;rank;-;20;w--i-0;window_rank
        3102;dense_rank;-;20;w--i-0;window_dense_rank 3103;percent_rank;-;701;w--i-0;window_percent_rank
        3104;cume_dist;-;701;w--i-0;window_cume_dist 3105;ntile;23;23;w-ti-0;window_ntile
        3106;lag;2283;2283;w-ti-0;window_lag 3107;lag;2283,23;2283;w-ti-0;window_lag_with_offset
        3108;lag;5077,23,5077;5077;w-ti-0;window_lag_with_offset_and_default 3109;lead;2283;2283;w-ti-0;window_lead
        3110;lead;2283,23;2283;w-ti-0;window_lead_with_offset
        3111;lead;5077,23,5077;5077;w-ti-0;window_lead_with_offset_and_default
        3112;first_value;2283;2283;w-ti-0;window_first_value 3113;last_value;2283;2283;w-ti-0;window_last_value
        3114;nth_value;2283,23;2283;w-ti-0;window_nth_value 3121;void_send;2278;17;f-ti-0;=
        3153;array_to_json;2277;114;f-ts-0;= 3154;array_to_json;2277,16;114;f-ts-0;array_to_json_pretty
        3155;row_to_json;2249;114;f-ts-0;= 3156;row_to_json;2249,16;114;f-ts-0;row_to_json_pretty
        3159;pg_get_viewdef;26,23;25;f-ts-0;pg_get_viewdef_wrap 3162;pg_collation_for;2276;25;f--s-0;=
        3163;pg_trigger_depth;-;23;f-ts-0;= 3166;pg_size_pretty;1700;25;f-ti-0;pg_size_pretty_numeric
        3167;array_remove;5078,5077;5078;f--i-0;= 3168;array_replace;5078,5077,5077;5078;f--i-0;=
        3175;json_agg;2283;114;a--s-0;aggregate_dummy 3176;to_json;2283;114;f-ts-0;=
        3179;cardinality;2277;23;f-ti-0;array_cardinality 3181;record_image_eq;2249,2249;16;f-ti-0;=
        3182;record_image_ne;2249,2249;16;f-ti-0;= 3183;record_image_lt;2249,2249;16;f-ti-0;=
        3184;record_image_gt;2249,2249;16;f-ti-0;= 3185;record_image_le;2249,2249;16;f-ti-0;=
        3186;record_image_ge;2249,2249;16;f-ti-0;= 3187;btrecordimagecmp;2249,2249;23;f-ti-0;=
        3197;json_object_agg;2276,2276;114;a--s-0;aggregate_dummy 3198;json_build_array;2276;114;f--sv0;=
        3199;json_build_array;-;114;f--s-0;json_build_array_noargs 3200;json_build_object;2276;114;f--sv0;=
        3201;json_build_object;-;114;f--s-0;json_build_object_noargs 3202;json_object;1009;114;f-ti-0;=
        3203;json_object;1009,1009;114;f-ti-0;json_object_two_arg 3204;json_to_record;114;2249;f-ts-0;=
        3205;json_to_recordset;114;2249;fs-s-0;= 3207;jsonb_array_length;3802;23;f-ti-0;=
        3208;jsonb_each;3802;2249;fsti-0;= 3209;jsonb_populate_record;2283,3802;2283;f--s-0;=
        3210;jsonb_typeof;3802;25;f-ti-0;= 3214;jsonb_object_field_text;3802,25;25;f-ti-0;=
        3215;jsonb_array_element;3802,23;3802;f-ti-0;= 3216;jsonb_array_element_text;3802,23;25;f-ti-0;=
        3217;jsonb_extract_path;3802,1009;3802;f-tiv0;= 3218;width_bucket;5077,5078;23;f-ti-0;width_bucket_array
        3219;jsonb_array_elements;3802;3802;fsti-0;=
        3259;generate_series;1700,1700,1700;1700;fsti-0;generate_series_step_numeric
        3260;generate_series;1700,1700;1700;fsti-0;generate_series_numeric 3261;json_strip_nulls;114;114;f-ti-0;=
        3262;jsonb_strip_nulls;3802;3802;f-ti-0;= 3263;jsonb_object;1009;3802;f-ti-0;=
        3264;jsonb_object;1009,1009;3802;f-ti-0;jsonb_object_two_arg 3267;jsonb_agg;2283;3802;a--s-0;aggregate_dummy
        3270;jsonb_object_agg;2276,2276;3802;a--i-0;aggregate_dummy 3271;jsonb_build_array;2276;3802;f--sv0;=
        3272;jsonb_build_array;-;3802;f--s-0;jsonb_build_array_noargs 3273;jsonb_build_object;2276;3802;f--sv0;=
        3274;jsonb_build_object;-;3802;f--s-0;jsonb_build_object_noargs 3277;array_position;5078,5077;23;f--i-0;=
        3278;array_position;5078,5077,23;23;f--i-0;array_position_start 3279;array_positions;5078,5077;1007;f--i-0;=
        3281;scale;1700;23;f-ti-0;numeric_scale 3294;current_setting;25,16;25;f-ts-0;show_config_by_name_missing_ok
        3296;pg_notification_queue_usage;-;701;f-tv-0;= 3298;row_security_active;26;16;f-ts-0;=
        3299;row_security_active;25;16;f-ts-0;row_security_active_name 3301;jsonb_concat;3802,3802;3802;f-ti-0;=
        3302;jsonb_delete;3802,25;3802;f-ti-0;= 3303;jsonb_delete;3802,23;3802;f-ti-0;jsonb_delete_idx
        3304;jsonb_delete_path;3802,1009;3802;f-ti-0;= 3305;jsonb_set;3802,1009,3802,16;3802;f-ti-1;=
        3306;jsonb_pretty;3802;25;f-ti-0;= 3308;xidneq;28,28;16;f-ti-0;= 3309;xidneqint4;28,23;16;f-ti-0;xidneq
        3324;int4_avg_combine;1016,1016;1016;f-ti-0;= 3325;interval_combine;1187,1187;1187;f-ti-0;=
        3329;pg_show_all_file_settings;-;2249;fstv-0;show_all_file_settings 3334;pg_size_bytes;25;20;f-ti-0;=
        3342;float8_regr_combine;1022,1022;1022;f-ti-0;= 3343;jsonb_delete;3802,1009;3802;f-tiv0;jsonb_delete_array
        3348;txid_current_if_assigned;-;20;f-ts-0;pg_current_xact_id_if_assigned 3352;pg_get_partkeydef;26;25;f-ts-0;=
        3360;txid_status;20;25;f-tv-0;pg_xact_status 3376;pg_safe_snapshot_blocking_pids;23;1007;f-tv-0;=
        3378;pg_isolation_test_session_is_blocked;23,1007;16;f-tv-0;=
        3382;pg_identify_object_as_address;26,26,23;2249;f-ts-0;=
        3396;regexp_match;25,25;1009;f-ti-0;regexp_match_no_flags 3397;regexp_match;25,25,25;1009;f-ti-0;=
        3400;pg_config;-;2249;fsts-0;= 3408;pg_get_partition_constraintdef;26;25;f-ts-0;=
        3409;time_hash_extended;1083,20;20;f-ti-0;= 3411;timestamp_hash_extended;1114,20;20;f-ti-0;=
        3412;uuid_hash_extended;2950,20;20;f-ti-0;= 3415;pg_get_statisticsobjdef;26;25;f-ts-0;=
        3416;jsonb_hash_extended;3802,20;20;f-ti-0;= 3418;interval_hash_extended;1186,20;20;f-ti-0;=
        3419;sha224;17;17;f-ti-0;sha224_bytea 3420;sha256;17;17;f-ti-0;sha256_bytea
        3421;sha384;17;17;f-ti-0;sha384_bytea 3422;sha512;17;17;f-ti-0;sha512_bytea
        3423;pg_partition_tree;2205;2249;fstv-0;= 3424;pg_partition_root;2205;2205;f-ti-0;=
        3425;pg_partition_ancestors;2205;2205;fstv-0;= 3432;gen_random_uuid;-;2950;f-tv-0;=
        3436;pg_promote;16,23;16;f-tv-2;= 3441;pg_control_system;-;2249;f-tv-0;=
        3442;pg_control_checkpoint;-;2249;f-tv-0;= 3443;pg_control_recovery;-;2249;f-tv-0;=
        3444;pg_control_init;-;2249;f-tv-0;= 3448;pg_collation_actual_version;26;25;f-tv-0;=
        3449;numeric;3802;1700;f-ti-0;jsonb_numeric 3450;int2;3802;21;f-ti-0;jsonb_int2
        3451;int4;3802;23;f-ti-0;jsonb_int4 3452;int8;3802;20;f-ti-0;jsonb_int8
        3453;float4;3802;700;f-ti-0;jsonb_float4 3454;pg_filenode_relation;26,26;2205;f-ts-0;=
        3461;make_timestamp;23,23,23,23,23,701;1114;f-ti-0;= 3462;make_timestamptz;23,23,23,23,23,701;1184;f-ts-0;=
        3463;make_timestamptz;23,23,23,23,23,701,25;1184;f-ts-0;make_timestamptz_at_timezone
        3464;make_interval;23,23,23,23,23,23,701;1186;f-ti-7;= 3465;jsonb_array_elements_text;3802;25;fsti-0;=
        3475;jsonb_populate_recordset;2283,3802;2283;fs-s-0;= 3476;to_regoperator;25;2204;f-ts-0;=
        3478;jsonb_object_field;3802,25;3802;f-ti-0;= 3479;to_regprocedure;25;2202;f-ts-0;=
        3490;jsonb_to_record;3802;2249;f-ts-0;= 3491;jsonb_to_recordset;3802;2249;fs-s-0;=
        3492;to_regoper;25;2203;f-ts-0;= 3493;to_regtype;25;2206;f-ts-0;= 3494;to_regproc;25;24;f-ts-0;=
        3495;to_regclass;25;2205;f-ts-0;= 3537;pg_describe_object;26,26,23;25;f-ts-0;=
        3538;string_agg;25,25;25;a--i-0;aggregate_dummy 3539;format;25,2276;25;f--sv0;text_format
        3540;format;25;25;f--s-0;text_format_nv 3545;string_agg;17,17;17;a--i-0;aggregate_dummy
        3546;int8dec;20;20;f-ti-0;= 3547;int8dec_any;20,2276;20;f-ti-0;= 3556;bool;3802;16;f-ti-0;jsonb_bool
        3566;pg_event_trigger_dropped_objects;-;2249;fsts-0;= 3570;int2_avg_accum_inv;1016,21;1016;f-ti-0;=
        3571;int4_avg_accum_inv;1016,23;1016;f-ti-0;= 3572;int2int4_sum;1016;20;f-ti-0;=
        3579;jsonb_insert;3802,1009,3802,16;3802;f-ti-1;= 3583;pg_last_committed_xact;-;2249;f-tv-0;=
        3696;starts_with;25,25;16;f-ti-0;text_starts_with 3756;pg_ts_parser_is_visible;26;16;f-ts-0;=
        3757;pg_ts_dict_is_visible;26;16;f-ts-0;= 3758;pg_ts_config_is_visible;26;16;f-ts-0;=
        3768;pg_ts_template_is_visible;26;16;f-ts-0;= 3778;pg_tablespace_location;26;25;f-ts-0;=
        3781;pg_get_replication_slots;-;2249;fs-s-0;= 3787;to_jsonb;2283;3802;f-ts-0;=
        3800;pg_current_logfile;-;25;f--v-0;= 3801;pg_current_logfile;25;25;f--v-0;pg_current_logfile_1arg
        3803;jsonb_send;3802;17;f-ti-0;= 3808;pg_get_function_arg_default;26,23;25;f-ts-0;=
        3809;pg_export_snapshot;-;25;f-tv-0;= 3810;pg_is_in_recovery;-;16;f-tv-0;=
        3815;pg_collation_is_visible;26;16;f-ts-0;= 3819;pg_get_multixact_members;28;2249;fstv-0;=
        3829;pg_opfamily_is_visible;26;16;f-ts-0;= 3830;pg_last_xact_replay_timestamp;-;1184;f-tv-0;=
        3839;pg_identify_object;26,26,23;2249;f-ts-0;= 3842;pg_relation_is_updatable;2205,16;23;f-ts-0;=
        3843;pg_column_is_updatable;2205,21,16;16;f-ts-0;= 3846;make_date;23,23,23;1082;f-ti-0;=
        3847;make_time;23,23,701;1083;f-ti-0;= 3922;int4range_subdiff;23,23;701;f-ti-0;=
        3923;int8range_subdiff;20,20;701;f-ti-0;= 3924;numrange_subdiff;1700,1700;701;f-ti-0;=
        3925;daterange_subdiff;1082,1082;701;f-ti-0;= 3929;tsrange_subdiff;1114,1114;701;f-ti-0;=
        3930;tstzrange_subdiff;1184,1184;701;f-ti-0;= 3931;jsonb_object_keys;3802;25;fsti-0;=
        3932;jsonb_each_text;3802;2249;fsti-0;= 3935;pg_sleep_for;1186;2278;f-tv-0;-
        3936;pg_sleep_until;1184;2278;f-tv-0;- 3939;mxid_age;28;23;f-ts-0;=
        3940;jsonb_extract_path_text;3802,1009;25;f-tiv0;= 3943;acldefault;18,26;1034;f-ti-0;acldefault_sql
        3947;json_object_field;114,25;114;f-ti-0;= 3948;json_object_field_text;114,25;25;f-ti-0;=
        3949;json_array_element;114,23;114;f-ti-0;= 3950;json_array_element_text;114,23;25;f-ti-0;=
        3951;json_extract_path;114,1009;114;f-tiv0;= 3953;json_extract_path_text;114,1009;25;f-tiv0;=
        3954;pg_get_object_address;25,1009,1009;2249;f-ts-0;= 3955;json_array_elements;114;114;fsti-0;=
        3956;json_array_length;114;23;f-ti-0;= 3957;json_object_keys;114;25;fsti-0;= 3958;json_each;114;2249;fsti-0;=
        3959;json_each_text;114;2249;fsti-0;= 3960;json_populate_record;2283,114,16;2283;f--s-1;=
        3961;json_populate_recordset;2283,114,16;2283;fs-s-1;= 3968;json_typeof;114;25;f-ti-0;=
        3969;json_array_elements_text;114;25;fsti-0;= 3972;percentile_disc;701,2283;2283;a--i-0;aggregate_dummy
        3974;percentile_cont;701,701;701;a--i-0;aggregate_dummy
        3976;percentile_cont;701,1186;1186;a--i-0;aggregate_dummy
        3978;percentile_disc;1022,2283;2277;a--i-0;aggregate_dummy
        3980;percentile_cont;1022,701;1022;a--i-0;aggregate_dummy
        3982;percentile_cont;1022,1186;1187;a--i-0;aggregate_dummy 3984;mode;2283;2283;a--i-0;aggregate_dummy
        3986;rank;2276;20;a--iv0;aggregate_dummy 3988;percent_rank;2276;701;a--iv0;aggregate_dummy
        3990;cume_dist;2276;701;a--iv0;aggregate_dummy 3992;dense_rank;2276;20;a--iv0;aggregate_dummy
        4032;pg_sequence_last_value;2205;20;f-tv-0;= 4038;jsonb_ne;3802,3802;16;f-ti-0;=
        4039;jsonb_lt;3802,3802;16;f-ti-0;= 4040;jsonb_gt;3802,3802;16;f-ti-0;= 4041;jsonb_le;3802,3802;16;f-ti-0;=
        4042;jsonb_ge;3802,3802;16;f-ti-0;= 4043;jsonb_eq;3802,3802;16;f-ti-0;= 4044;jsonb_cmp;3802,3802;23;f-ti-0;=
        4045;jsonb_hash;3802;23;f-ti-0;= 4046;jsonb_contains;3802,3802;16;f-ti-0;=
        4047;jsonb_exists;3802,25;16;f-ti-0;= 4048;jsonb_exists_any;3802,1009;16;f-ti-0;=
        4049;jsonb_exists_all;3802,1009;16;f-ti-0;= 4050;jsonb_contained;3802,3802;16;f-ti-0;=
        4053;array_agg;2277;2277;a--i-0;aggregate_dummy 4086;to_regnamespace;25;4089;f-ts-0;=
        4088;regnamespacesend;4089;17;f-ti-0;= 4093;to_regrole;25;4096;f-ts-0;=
        4099;pg_rotate_logfile_old;-;16;f-tv-0;pg_rotate_logfile
        4126;in_range;20,20,20,16,16;16;f-ti-0;in_range_int8_int8
        4127;in_range;23,23,20,16,16;16;f-ti-0;in_range_int4_int8
        4128;in_range;23,23,23,16,16;16;f-ti-0;in_range_int4_int4
        4129;in_range;23,23,21,16,16;16;f-ti-0;in_range_int4_int2
        4130;in_range;21,21,20,16,16;16;f-ti-0;in_range_int2_int8
        4131;in_range;21,21,23,16,16;16;f-ti-0;in_range_int2_int4
        4132;in_range;21,21,21,16,16;16;f-ti-0;in_range_int2_int2
        4133;in_range;1082,1082,1186,16,16;16;f-ti-0;in_range_date_interval
        4134;in_range;1114,1114,1186,16,16;16;f-ti-0;in_range_timestamp_interval
        4135;in_range;1184,1184,1186,16,16;16;f-ts-0;in_range_timestamptz_interval
        4136;in_range;1186,1186,1186,16,16;16;f-ti-0;in_range_interval_interval
        4137;in_range;1083,1083,1186,16,16;16;f-ti-0;in_range_time_interval
        4139;in_range;701,701,701,16,16;16;f-ti-0;in_range_float8_float8
        4140;in_range;700,700,701,16,16;16;f-ti-0;in_range_float4_float8
        4141;in_range;1700,1700,1700,16,16;16;f-ti-0;in_range_numeric_numeric 4195;to_regcollation;25;4191;f-ts-0;=
        4197;regcollationsend;4191;17;f-ti-0;=
        4220;pg_copy_physical_replication_slot;19,19,16;2249;f-tv-0;pg_copy_physical_replication_slot_a
        4221;pg_copy_physical_replication_slot;19,19;2249;f-tv-0;pg_copy_physical_replication_slot_b
        4222;pg_copy_logical_replication_slot;19,19,16,19;2249;f-tv-0;pg_copy_logical_replication_slot_a
        4223;pg_copy_logical_replication_slot;19,19,16;2249;f-tv-0;pg_copy_logical_replication_slot_b
        4224;pg_copy_logical_replication_slot;19,19;2249;f-tv-0;pg_copy_logical_replication_slot_c
        4350;normalize;25,25;25;f-ti-1;unicode_normalize_func 4351;is_normalized;25,25;16;f-ti-1;unicode_is_normalized
        4543;pg_log_backend_memory_contexts;23;16;f-tv-0;= 4566;pg_event_trigger_table_rewrite_oid;-;26;f-ts-0;=
        4567;pg_event_trigger_table_rewrite_reason;-;23;f-ts-0;= 4568;pg_event_trigger_ddl_commands;-;2249;fsts-0;=
        5028;satisfies_hash_partition;26,23,23,2276;16;f--iv0;= 5034;xid8lt;5069,5069;16;f-ti-0;=
        5035;xid8gt;5069,5069;16;f-ti-0;= 5036;xid8le;5069,5069;16;f-ti-0;= 5037;xid8ge;5069,5069;16;f-ti-0;=
        5042;min_scale;1700;23;f-ti-0;numeric_min_scale 5043;trim_scale;1700;1700;f-ti-0;numeric_trim_scale
        5044;gcd;23,23;23;f-ti-0;int4gcd 5045;gcd;20,20;20;f-ti-0;int8gcd 5046;lcm;23,23;23;f-ti-0;int4lcm
        5047;lcm;20,20;20;f-ti-0;int8lcm 5048;gcd;1700,1700;1700;f-ti-0;numeric_gcd
        5049;lcm;1700,1700;1700;f-ti-0;numeric_lcm 5050;btvarstrequalimage;26;16;f-ti-0;=
        5051;btequalimage;26;16;f-ti-0;= 5052;pg_get_shmem_allocations;-;2249;fstv-0;=
        5054;jsonb_set_lax;3802,1009,3802,16,25;3802;f--i-2;= 5059;pg_current_xact_id;-;5069;f-ts-0;=
        5060;pg_current_xact_id_if_assigned;-;5069;f-ts-0;= 5071;xid;5069;28;f-ti-0;xid8toxid
        5083;xid8send;5069;17;f-ti-0;= 5084;xid8eq;5069,5069;16;f-ti-0;= 5085;xid8ne;5069,5069;16;f-ti-0;=
        5091;anycompatiblearray_send;5078;17;f-ts-0;= 5096;xid8cmp;5069,5069;23;f-ti-0;=
        5097;xid8_larger;5069,5069;5069;f-ti-0;= 5098;xid8_smaller;5069,5069;5069;f-ti-0;=
        5099;max;5069;5069;a--i-0;aggregate_dummy 5100;min;5069;5069;a--i-0;aggregate_dummy
        6014;pg_show_replication_origin_status;-;2249;fs-v-0;= 6119;pg_get_publication_tables;25;2249;fsts-0;=
        6120;pg_get_replica_identity_index;2205;2205;f-ts-0;= 6121;pg_relation_is_publishable;2205;16;f-ts-0;=
        6159;pg_get_catalog_foreign_keys;-;2249;fsts-0;= 6160;string_to_table;25,25;25;fs-i-0;text_to_table
        6161;string_to_table;25,25,25;25;fs-i-0;text_to_table_null 6163;bit_count;17;20;f-ti-0;bytea_bit_count
        6164;bit_xor;21;21;a--i-0;aggregate_dummy 6165;bit_xor;23;23;a--i-0;aggregate_dummy
        6166;bit_xor;20;20;a--i-0;aggregate_dummy 6172;trim_array;2277,23;2277;f-ti-0;=
        6173;pg_get_statisticsobjdef_expressions;26;1009;f-ts-0;= 6174;pg_get_statisticsobjdef_columns;26;25;f-ts-0;=
        6177;date_bin;1186,1114,1114;1114;f-ti-0;timestamp_bin 6178;date_bin;1186,1184,1184;1184;f-ti-0;timestamptz_bin
        6192;hash_record;2249;23;f-ti-0;= 6193;hash_record_extended;2249,20;20;f-ti-0;=
        6195;ltrim;17,17;17;f-ti-0;bytealtrim 6196;rtrim;17,17;17;f-ti-0;byteartrim
        6197;pg_get_function_sqlbody;26;25;f-ts-0;= 6198;unistr;25;25;f-ti-0;=
        6199;extract;25,1082;1700;f-ti-0;extract_date 6200;extract;25,1083;1700;f-ti-0;extract_time
        6202;extract;25,1114;1700;f-ti-0;extract_timestamp 6203;extract;25,1184;1700;f-ts-0;extract_timestamptz
        6204;extract;25,1186;1700;f-ti-0;extract_interval 6224;pg_get_wal_resource_managers;-;2249;fstv-0;=
        6240;pg_settings_get_flags;25;1009;f-ts-0;= 6249;pg_database_collation_actual_version;26;25;f-tv-0;=
        6250;pg_ident_file_mappings;-;2249;fstv-0;=
        6251;regexp_replace;25,25,25,23,23,25;25;f-ti-0;textregexreplace_extended
        6252;regexp_replace;25,25,25,23,23;25;f-ti-0;textregexreplace_extended_no_flags
        6253;regexp_replace;25,25,25,23;25;f-ti-0;textregexreplace_extended_no_n
        6254;regexp_count;25,25;23;f-ti-0;regexp_count_no_start
        6255;regexp_count;25,25,23;23;f-ti-0;regexp_count_no_flags 6256;regexp_count;25,25,23,25;23;f-ti-0;=
        6257;regexp_instr;25,25;23;f-ti-0;regexp_instr_no_start 6258;regexp_instr;25,25,23;23;f-ti-0;regexp_instr_no_n
        6259;regexp_instr;25,25,23,23;23;f-ti-0;regexp_instr_no_endoption
        6260;regexp_instr;25,25,23,23,23;23;f-ti-0;regexp_instr_no_flags
        6261;regexp_instr;25,25,23,23,23,25;23;f-ti-0;regexp_instr_no_subexpr
        6262;regexp_instr;25,25,23,23,23,25,23;23;f-ti-0;= 6263;regexp_like;25,25;16;f-ti-0;regexp_like_no_flags
        6264;regexp_like;25,25,25;16;f-ti-0;= 6265;regexp_substr;25,25;25;f-ti-0;regexp_substr_no_start
        6266;regexp_substr;25,25,23;25;f-ti-0;regexp_substr_no_n
        6267;regexp_substr;25,25,23,23;25;f-ti-0;regexp_substr_no_flags
        6268;regexp_substr;25,25,23,23,25;25;f-ti-0;regexp_substr_no_subexpr
        6269;regexp_substr;25,25,23,23,25,23;25;f-ti-0;= 13562;plpgsql_validator;26;2278;f-tv-0;=
        """#

    /// oid;name;left (0 none);right;result;function
    static let operators: StaticString = #"""
        15;=;23;20;16;852 36;<>;23;20;16;853 37;<;23;20;16;854 58;<;16;16;16;56 59;>;16;16;16;57 76;>;23;20;16;855
        80;<=;23;20;16;856 82;>=;23;20;16;857 85;<>;16;16;16;84 91;=;16;16;16;60 92;=;18;18;16;61 93;=;19;19;16;62
        94;=;21;21;16;63 95;<;21;21;16;64 96;=;23;23;16;65 97;<;23;23;16;66 98;=;25;25;16;67 254;=;19;25;16;240
        255;<;19;25;16;241 256;<=;19;25;16;242 257;>=;19;25;16;243 258;>;19;25;16;244 259;<>;19;25;16;245
        260;=;25;19;16;247 261;<;25;19;16;248 262;<=;25;19;16;249 263;>=;25;19;16;250 264;>;25;19;16;251
        265;<>;25;19;16;252 349;||;5078;5077;5078;378 352;=;28;28;16;68 353;=;28;23;16;1319 374;||;5077;5078;5078;379
        375;||;5078;5078;5078;383 385;=;29;29;16;69 387;=;27;27;16;1292 402;<>;27;27;16;1265 410;=;20;20;16;467
        411;<>;20;20;16;468 412;<;20;20;16;469 413;>;20;20;16;470 414;<=;20;20;16;471 415;>=;20;20;16;472
        416;=;20;23;16;474 417;<>;20;23;16;475 418;<;20;23;16;476 419;>;20;23;16;477 420;<=;20;23;16;478
        430;>=;20;23;16;479 439;%;20;20;20;945 473;@;0;20;20;1230 484;-;0;20;20;462 514;*;23;23;23;141
        518;<>;23;23;16;144 519;<>;21;21;16;145 520;>;21;21;16;146 521;>;23;23;16;147 522;<=;21;21;16;148
        523;<=;23;23;16;149 524;>=;21;21;16;151 525;>=;23;23;16;150 526;*;21;21;21;152 527;/;21;21;21;153
        528;/;23;23;23;154 529;%;21;21;21;155 530;%;23;23;23;156 531;<>;25;25;16;157 532;=;21;23;16;158
        533;=;23;21;16;159 534;<;21;23;16;160 535;<;23;21;16;161 536;>;21;23;16;162 537;>;23;21;16;163
        538;<>;21;23;16;164 539;<>;23;21;16;165 540;<=;21;23;16;166 541;<=;23;21;16;167 542;>=;21;23;16;168
        543;>=;23;21;16;169 544;*;21;23;23;170 545;*;23;21;23;171 546;/;21;23;23;172 547;/;23;21;23;173
        550;+;21;21;21;176 551;+;23;23;23;177 552;+;21;23;23;178 553;+;23;21;23;179 554;-;21;21;21;180
        555;-;23;23;23;181 556;-;21;23;23;182 557;-;23;21;23;183 558;-;0;23;23;212 559;-;0;21;21;213
        584;-;0;700;700;206 585;-;0;701;701;220 586;+;700;700;700;204 587;-;700;700;700;205 588;/;700;700;700;203
        589;*;700;700;700;202 590;@;0;700;700;207 591;+;701;701;701;218 592;-;701;701;701;219 593;/;701;701;701;217
        594;*;701;701;701;216 595;@;0;701;701;221 596;|/;0;701;701;230 597;||/;0;701;701;231 607;=;26;26;16;184
        608;<>;26;26;16;185 609;<;26;26;16;716 610;>;26;26;16;1638 611;<=;26;26;16;717 612;>=;26;26;16;1639
        620;=;700;700;16;287 621;<>;700;700;16;288 622;<;700;700;16;289 623;>;700;700;16;291 624;<=;700;700;16;290
        625;>=;700;700;16;292 630;<>;18;18;16;70 631;<;18;18;16;1246 632;<=;18;18;16;72 633;>;18;18;16;73
        634;>=;18;18;16;74 639;~;19;25;16;79 640;!~;19;25;16;1252 641;~;25;25;16;1254 642;!~;25;25;16;1256
        643;<>;19;19;16;659 644;<>;30;30;16;619 645;<;30;30;16;677 646;>;30;30;16;681 647;<=;30;30;16;678
        648;>=;30;30;16;680 649;=;30;30;16;679 654;||;25;25;25;1258 660;<;19;19;16;655 661;<=;19;19;16;656
        662;>;19;19;16;657 663;>=;19;19;16;658 664;<;25;25;16;740 665;<=;25;25;16;741 666;>;25;25;16;742
        667;>=;25;25;16;743 670;=;701;701;16;293 671;<>;701;701;16;294 672;<;701;701;16;295 673;<=;701;701;16;296
        674;>;701;701;16;297 675;>=;701;701;16;298 682;@;0;21;21;1253 684;+;20;20;20;463 685;-;20;20;20;464
        686;*;20;20;20;465 687;/;20;20;20;466 688;+;20;23;20;1274 689;-;20;23;20;1275 690;*;20;23;20;1276
        691;/;20;23;20;1277 692;+;23;20;20;1278 693;-;23;20;20;1279 694;*;23;20;20;1280 695;/;23;20;20;1281
        773;@;0;23;23;1251 818;+;20;21;20;837 819;-;20;21;20;838 820;*;20;21;20;839 821;/;20;21;20;840
        822;+;21;20;20;841 823;-;21;20;20;942 824;*;21;20;20;943 825;/;21;20;20;948 965;^;701;701;701;232
        1038;^;1700;1700;1700;1739 1054;=;1042;1042;16;1048 1055;~;1042;25;16;1658 1056;!~;1042;25;16;1659
        1057;<>;1042;1042;16;1053 1058;<;1042;1042;16;1049 1059;<=;1042;1042;16;1050 1060;>;1042;1042;16;1051
        1061;>=;1042;1042;16;1052 1070;=;2277;2277;16;744 1071;<>;2277;2277;16;390 1072;<;2277;2277;16;391
        1073;>;2277;2277;16;392 1074;<=;2277;2277;16;393 1075;>=;2277;2277;16;396 1076;+;1082;1186;1114;2071
        1077;-;1082;1186;1114;2072 1093;=;1082;1082;16;1086 1094;<>;1082;1082;16;1091 1095;<;1082;1082;16;1087
        1096;<=;1082;1082;16;1088 1097;>;1082;1082;16;1089 1098;>=;1082;1082;16;1090 1099;-;1082;1082;23;1140
        1100;+;1082;23;1082;1141 1101;-;1082;23;1082;1142 1108;=;1083;1083;16;1145 1109;<>;1083;1083;16;1106
        1110;<;1083;1083;16;1102 1111;<=;1083;1083;16;1103 1112;>;1083;1083;16;1104 1113;>=;1083;1083;16;1105
        1116;+;700;701;701;281 1117;-;700;701;701;282 1118;/;700;701;701;280 1119;*;700;701;701;279
        1120;=;700;701;16;299 1121;<>;700;701;16;300 1122;<;700;701;16;301 1123;>;700;701;16;303 1124;<=;700;701;16;302
        1125;>=;700;701;16;304 1126;+;701;700;701;285 1127;-;701;700;701;286 1128;/;701;700;701;284
        1129;*;701;700;701;283 1130;=;701;700;16;305 1131;<>;701;700;16;306 1132;<;701;700;16;307 1133;>;701;700;16;309
        1134;<=;701;700;16;308 1135;>=;701;700;16;310 1207;~~;19;25;16;858 1208;!~~;19;25;16;859 1209;~~;25;25;16;850
        1210;!~~;25;25;16;851 1211;~~;1042;25;16;1631 1212;!~~;1042;25;16;1632 1226;~*;19;25;16;1240
        1227;!~*;19;25;16;1241 1228;~*;25;25;16;1238 1229;!~*;25;25;16;1239 1234;~*;1042;25;16;1656
        1235;!~*;1042;25;16;1657 1320;=;1184;1184;16;1152 1321;<>;1184;1184;16;1153 1322;<;1184;1184;16;1154
        1323;<=;1184;1184;16;1155 1324;>;1184;1184;16;1157 1325;>=;1184;1184;16;1156 1327;+;1184;1186;1184;1189
        1328;-;1184;1184;1186;1188 1329;-;1184;1186;1184;1190 1330;=;1186;1186;16;1162 1331;<>;1186;1186;16;1163
        1332;<;1186;1186;16;1164 1333;<=;1186;1186;16;1165 1334;>;1186;1186;16;1167 1335;>=;1186;1186;16;1166
        1336;-;0;1186;1186;1168 1337;+;1186;1186;1186;1169 1338;-;1186;1186;1186;1170 1360;+;1082;1083;1114;1272
        1363;+;1083;1082;1114;1296 1399;-;1083;1083;1186;1690 1583;*;1186;701;1186;1618 1584;*;701;1186;1186;1624
        1585;/;1186;701;1186;1326 1625;~~*;19;25;16;1635 1626;!~~*;19;25;16;1636 1627;~~*;25;25;16;1633
        1628;!~~*;25;25;16;1634 1629;~~*;1042;25;16;1660 1630;!~~*;1042;25;16;1661 1694;<=;16;16;16;1691
        1695;>=;16;16;16;1692 1751;-;0;1700;1700;1771 1752;=;1700;1700;16;1718 1753;<>;1700;1700;16;1719
        1754;<;1700;1700;16;1722 1755;<=;1700;1700;16;1723 1756;>;1700;1700;16;1720 1757;>=;1700;1700;16;1721
        1758;+;1700;1700;1700;1724 1759;-;1700;1700;1700;1725 1760;*;1700;1700;1700;1726 1761;/;1700;1700;1700;1727
        1762;%;1700;1700;1700;1729 1763;@;0;1700;1700;1704 1800;+;1083;1186;1083;1747 1801;-;1083;1186;1083;1748
        1849;+;1186;1083;1083;1848 1862;=;21;20;16;1850 1863;<>;21;20;16;1851 1864;<;21;20;16;1852 1865;>;21;20;16;1853
        1866;<=;21;20;16;1854 1867;>=;21;20;16;1855 1868;=;20;21;16;1856 1869;<>;20;21;16;1857 1870;<;20;21;16;1858
        1871;>;20;21;16;1859 1872;<=;20;21;16;1860 1873;>=;20;21;16;1861 1874;&;21;21;21;1892 1875;|;21;21;21;1893
        1876;#;21;21;21;1894 1877;~;0;21;21;1895 1878;<<;21;23;21;1896 1879;>>;21;23;21;1897 1880;&;23;23;23;1898
        1881;|;23;23;23;1899 1882;#;23;23;23;1900 1883;~;0;23;23;1901 1884;<<;23;23;23;1902 1885;>>;23;23;23;1903
        1886;&;20;20;20;1904 1887;|;20;20;20;1905 1888;#;20;20;20;1906 1889;~;0;20;20;1907 1890;<<;20;23;20;1908
        1891;>>;20;23;20;1909 1916;+;0;20;20;1910 1917;+;0;21;21;1911 1918;+;0;23;23;1912 1919;+;0;700;700;1913
        1920;+;0;701;701;1914 1921;+;0;1700;1700;1915 1955;=;17;17;16;1948 1956;<>;17;17;16;1953 1957;<;17;17;16;1949
        1958;<=;17;17;16;1950 1959;>;17;17;16;1951 1960;>=;17;17;16;1952 2016;~~;17;17;16;2005 2017;!~~;17;17;16;2006
        2018;||;17;17;17;2011 2060;=;1114;1114;16;2052 2061;<>;1114;1114;16;2053 2062;<;1114;1114;16;2054
        2063;<=;1114;1114;16;2055 2064;>;1114;1114;16;2057 2065;>=;1114;1114;16;2056 2066;+;1114;1186;1114;2032
        2067;-;1114;1114;1186;2031 2068;-;1114;1186;1114;2033 2314;~<~;25;25;16;2160 2315;~<=~;25;25;16;2161
        2317;~>=~;25;25;16;2163 2318;~>~;25;25;16;2164 2326;~<~;1042;1042;16;2174 2327;~<=~;1042;1042;16;2175
        2329;~>=~;1042;1042;16;2177 2330;~>~;1042;1042;16;2178 2345;<;1082;1114;16;2338 2346;<=;1082;1114;16;2339
        2347;=;1082;1114;16;2340 2348;>=;1082;1114;16;2342 2349;>;1082;1114;16;2341 2350;<>;1082;1114;16;2343
        2358;<;1082;1184;16;2351 2359;<=;1082;1184;16;2352 2360;=;1082;1184;16;2353 2361;>=;1082;1184;16;2355
        2362;>;1082;1184;16;2354 2363;<>;1082;1184;16;2356 2371;<;1114;1082;16;2364 2372;<=;1114;1082;16;2365
        2373;=;1114;1082;16;2366 2374;>=;1114;1082;16;2368 2375;>;1114;1082;16;2367 2376;<>;1114;1082;16;2369
        2384;<;1184;1082;16;2377 2385;<=;1184;1082;16;2378 2386;=;1184;1082;16;2379 2387;>=;1184;1082;16;2381
        2388;>;1184;1082;16;2380 2389;<>;1184;1082;16;2382 2534;<;1114;1184;16;2520 2535;<=;1114;1184;16;2521
        2536;=;1114;1184;16;2522 2537;>=;1114;1184;16;2524 2538;>;1114;1184;16;2523 2539;<>;1114;1184;16;2525
        2540;<;1184;1114;16;2527 2541;<=;1184;1114;16;2528 2542;=;1184;1114;16;2529 2543;>=;1184;1114;16;2531
        2544;>;1184;1114;16;2530 2545;<>;1184;1114;16;2532 2551;+;1186;1082;1114;2546 2553;+;1186;1114;1114;2548
        2554;+;1186;1184;1184;2549 2555;+;23;1082;1082;2550 2750;&&;2277;2277;16;2747 2751;@>;2277;2277;16;2748
        2752;<@;2277;2277;16;2749 2779;||;25;2776;25;2003 2780;||;2776;25;25;2004 2799;<;27;27;16;2791
        2800;>;27;27;16;2790 2801;<=;27;27;16;2793 2802;>=;27;27;16;2792 2972;=;2950;2950;16;2956
        2973;<>;2950;2950;16;2959 2974;<;2950;2950;16;2954 2975;>;2950;2950;16;2958 2976;<=;2950;2950;16;2955
        2977;>=;2950;2950;16;2957 2988;=;2249;2249;16;2981 2989;<>;2249;2249;16;2982 2990;<;2249;2249;16;2983
        2991;>;2249;2249;16;2984 2992;<=;2249;2249;16;2985 2993;>=;2249;2249;16;2986 3188;*=;2249;2249;16;3181
        3189;*<>;2249;2249;16;3182 3190;*<;2249;2249;16;3183 3191;*>;2249;2249;16;3184 3192;*<=;2249;2249;16;3185
        3193;*>=;2249;2249;16;3186 3206;#>>;3802;1009;25;3940 3211;->;3802;25;3802;3478 3212;->;3802;23;3802;3215
        3213;#>;3802;1009;3802;3217 3240;=;3802;3802;16;4043 3241;<>;3802;3802;16;4038 3242;<;3802;3802;16;4039
        3243;>;3802;3802;16;4040 3244;<=;3802;3802;16;4041 3245;>=;3802;3802;16;4042 3246;@>;3802;3802;16;4046
        3247;?;3802;25;16;4047 3248;?|;3802;1009;16;4048 3249;?&;3802;1009;16;4049 3250;<@;3802;3802;16;4050
        3284;||;3802;3802;3802;3301 3285;-;3802;25;3802;3302 3286;-;3802;23;3802;3303 3287;#-;3802;1009;3802;3304
        3315;<>;28;28;16;3308 3316;<>;28;23;16;3309 3398;-;3802;1009;3802;3343 3477;->>;3802;25;25;3214
        3481;->>;3802;23;25;3216 3877;^@;25;25;16;3696 3962;->;114;25;114;3947 3963;->>;114;25;25;3948
        3964;->;114;23;114;3949 3965;->>;114;23;25;3950 3966;#>;114;1009;114;3951 3967;#>>;114;1009;25;3953
        5068;=;5069;5069;16;5084 5072;<>;5069;5069;16;5085 5073;<;5069;5069;16;5034 5074;>;5069;5069;16;5035
        5075;<=;5069;5069;16;5036 5076;>=;5069;5069;16;5037
        """#

    /// source;target;function (0 none);context (i, a, e) and method (f function, b relabel, i text form)
    static let casts: StaticString = #"""
        16;23;2558;ef 16;25;2971;af 16;1042;2971;af 16;1043;2971;af 18;23;77;ef 18;25;946;if 18;1042;860;af
        18;1043;946;af 19;25;406;if 19;1042;408;af 19;1043;1401;af 20;21;714;af 20;23;480;af 20;24;1287;if
        20;26;1287;if 20;700;652;if 20;701;482;if 20;1700;1781;if 20;2202;1287;if 20;2203;1287;if 20;2204;1287;if
        20;2205;1287;if 20;2206;1287;if 20;4089;1287;if 20;4096;1287;if 20;4191;1287;if 21;20;754;if 21;23;313;if
        21;24;313;if 21;26;313;if 21;700;236;if 21;701;235;if 21;1700;1782;if 21;2202;313;if 21;2203;313;if
        21;2204;313;if 21;2205;313;if 21;2206;313;if 21;4089;313;if 21;4096;313;if 21;4191;313;if 23;16;2557;ef
        23;18;78;ef 23;20;481;if 23;21;314;af 23;24;0;ib 23;26;0;ib 23;700;318;if 23;701;316;if 23;1700;1740;if
        23;2202;0;ib 23;2203;0;ib 23;2204;0;ib 23;2205;0;ib 23;2206;0;ib 23;4089;0;ib 23;4096;0;ib 23;4191;0;ib
        24;20;1288;af 24;23;0;ab 24;26;0;ib 24;2202;0;ib 25;18;944;af 25;19;407;if 25;1042;0;ib 25;1043;0;ib
        25;2205;1079;if 26;20;1288;af 26;23;0;ab 26;24;0;ib 26;2202;0;ib 26;2203;0;ib 26;2204;0;ib 26;2205;0;ib
        26;2206;0;ib 26;4089;0;ib 26;4096;0;ib 26;4191;0;ib 114;3802;0;ai 194;25;0;ib 700;20;653;af 700;21;238;af
        700;23;319;af 700;701;311;if 700;1700;1742;af 701;20;483;af 701;21;237;af 701;23;317;af 701;700;312;af
        701;1700;1743;af 1042;18;944;af 1042;19;409;if 1042;25;401;if 1042;1042;668;if 1042;1043;401;if 1043;18;944;af
        1043;19;1400;if 1043;25;0;ib 1043;1042;0;ib 1043;1043;669;if 1043;2205;1079;if 1082;1114;2024;if
        1082;1184;1174;if 1083;1083;1968;if 1083;1186;1370;if 1114;1082;2029;af 1114;1083;1316;af 1114;1114;1961;if
        1114;1184;2028;if 1184;1082;1178;af 1184;1083;2019;af 1184;1114;2027;af 1184;1184;1967;if 1186;1083;1419;af
        1186;1186;1200;if 1700;20;1779;af 1700;21;1783;af 1700;23;1744;af 1700;700;1745;if 1700;701;1746;if
        1700;1700;1703;if 2202;20;1288;af 2202;23;0;ab 2202;24;0;ib 2202;26;0;ib 2203;20;1288;af 2203;23;0;ab
        2203;26;0;ib 2203;2204;0;ib 2204;20;1288;af 2204;23;0;ab 2204;26;0;ib 2204;2203;0;ib 2205;20;1288;af
        2205;23;0;ab 2205;26;0;ib 2206;20;1288;af 2206;23;0;ab 2206;26;0;ib 3802;16;3556;ef 3802;20;3452;ef
        3802;21;3450;ef 3802;23;3451;ef 3802;114;0;ai 3802;700;3453;ef 3802;701;2580;ef 3802;1700;3449;ef
        4089;20;1288;af 4089;23;0;ab 4089;26;0;ib 4096;20;1288;af 4096;23;0;ab 4096;26;0;ib 4191;20;1288;af
        4191;23;0;ab 4191;26;0;ib 5069;28;5071;ef
        """#
}

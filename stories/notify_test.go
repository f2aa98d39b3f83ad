package stories

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/notify"
	"sente/internal/infra/notify/notifytest"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// notice is what the story reads of a notice.
type notice struct {
	ID, Topic, Headline, Title, Path, Note string
	Actor                                  string `json:"actor_name"`
}

// inbox is what somebody has been told.
type inbox struct {
	Items  []notice
	Unread int64
}

// bell follows how many notices somebody has not read, as the top bar of the pages
// does.
func (h *house) bell(client *apitest.Client) (counts chan int64) {
	h.Helper()
	res := client.Stream("/notices/events")
	h.Cleanup(func() { _ = res.Body.Close() })
	counts = make(chan int64, 100)
	go func() {
		defer close(counts)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var c struct{ Unread int64 }
				if json.Unmarshal([]byte(data), &c) == nil {
					counts <- c.Unread
				}
			}
		}
	}()
	return counts
}

// rings waits until the bell shows n.
func (h *house) rings(bell chan int64, n int64) {
	h.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case got, open := <-bell:
			if !open {
				h.Fatalf("the stream of notices has ended")
			}
			if got == n {
				return
			}
		case <-deadline:
			h.Fatalf("the bell never shows %d", n)
		}
	}
}

// withWaysOut tells a story on both engines in a house with a mail server and a
// robot's group to send to.
func withWaysOut(t *testing.T, tell func(h *house, mail *notifytest.Mail, robot *notifytest.Receiver)) {
	t.Parallel()
	begin := func(t *testing.T, cfg app.Config) {
		mail, robot := notifytest.StartMail(t), notifytest.Listen(t)
		cfg.Notify = notify.Settings{SMTPAddr: mail.Addr, SMTPFrom: "晨港通知 <notice@chengang.example>", SMTPTLS: notify.NoTLS, Hosts: "127.0.0.1", PublicURL: "https://sente.chengang.example"}
		tell(open(t, cfg), mail, robot)
	}
	t.Run("sqlite", func(t *testing.T) { begin(t, app.Config{}) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.NewPostgres(t)
		begin(t, app.Config{Database: p.App, OwnerDatabase: p.Owner})
	})
}

// TestAHandOffReachesItsDepartment: an officer hands a task to another
// department. Its head sees it in the product at once, has an e-mail, and finds
// it in the department's group; who may not see it, and the officer, hear
// nothing. The head returns it, and now the officer is told.
func TestAHandOffReachesItsDepartment(t *testing.T) {
	withWaysOut(t, func(h *house, mail *notifytest.Mail, robot *notifytest.Receiver) {
		h.staff("officer", "department_lead", "operator")
		land := h.department("自然资源局", "land-lead")
		officer, head, operator := h.signIn("officer"), h.signIn("land-lead"), h.signIn("operator")

		// The administrator sets up the department's WeCom group. Where it leads is
		// not shown again.
		system := h.signIn("sysadmin")
		const key = "key-of-the-robot"
		reply := system.Post("/channels", apitest.Object{"kind": "wecom", "name": "自然资源局工作群", "url": robot.URL + "/cgi-bin/webhook/send?key=" + key, "unit": land, "topics": []string{"work.offered"}}).Status(201)
		if list := string(system.Get("/channels").Status(200).Body); strings.Contains(string(reply.Body)+list, key) {
			h.Errorf("the robot's key is shown: %s", list)
		}
		officer.Get("/channels").Status(403)

		// The head wants e-mail as well.
		head.Put("/notices/preferences", apitest.Object{"address": "head@land.example"}).Status(200)

		// The officer hands the task over.
		bell, silent := h.bell(head), h.bell(operator)
		h.rings(bell, 0)
		due := string(kernel.DayOf(time.Now().UnixMilli()).AddDays(7))
		var task struct{ ID string }
		offer := officer.Post("/tasks", apitest.Object{"title": "提供二号地块红线图", "detail": "企业联系人王某某 13900000000", "unit": land, "due_on": due}).Status(201)
		offer.JSON(&task)

		// In the product, live.
		h.rings(bell, 1)
		var box inbox
		head.Get("/notices").Status(200).JSON(&box)
		if n := box.Items[0]; box.Unread != 1 || n.Topic != "work.offered" || n.Title != "提供二号地块红线图" || n.Actor != "演示专员甲" || n.Path != "/tasks?open="+task.ID {
			h.Errorf("the head is told %+v", box)
		}

		// By e-mail and in the group, with a link a phone opens, and without what the
		// task says of people.
		link := "https://sente.chengang.example/tasks?open=" + task.ID
		h.eventually("the e-mail", func() bool { return len(mail.Letters()) == 1 })
		h.eventually("the group's message", func() bool { return len(robot.Got()) == 1 })
		letter, post := mail.Letters()[0], robot.Got()[0]
		if letter.To != "head@land.example" || letter.Subject != "有任务移交给您部门，请接收或退回：提供二号地块红线图" || !strings.Contains(letter.Text, link) || !strings.Contains(letter.HTML, link) {
			h.Errorf("the e-mail %+v", letter)
		}
		if !strings.Contains(post.Body, link) || !strings.Contains(post.Body, "提供二号地块红线图") || post.Query != "key="+key {
			h.Errorf("the group reads %s", post.Body)
		}
		if all := letter.Text + letter.HTML + post.Body; strings.Contains(all, "王某某") || strings.Contains(all, "13900000000") || strings.Contains(all, "演示专员甲") {
			h.Errorf("names of people leave the house: %s", all)
		}

		// Nobody else hears of it.
		officer.Get("/notices").Status(200).JSON(&box)
		if len(box.Items) != 0 {
			h.Errorf("the officer is told of their own act: %+v", box)
		}
		operator.Get("/notices").Status(200).JSON(&box)
		if len(box.Items) != 0 || len(silent) > 1 {
			h.Errorf("the operator is told %+v", box)
		}

		// The head reads it, and returns the task; the officer is told why.
		head.Get("/notices").Status(200).JSON(&box)
		head.Post("/notices/read", apitest.Object{"up_to": box.Items[0].ID}).Status(200)
		h.rings(bell, 0)
		back := h.bell(officer)
		head.IfMatch(offer.ETag()).Post("/tasks/"+task.ID+"/return", apitest.Object{"reason": "请附项目用地申请"}).Status(200)
		h.rings(back, 1)
		officer.Get("/notices").Status(200).JSON(&box)
		if n := box.Items[0]; n.Topic != "work.returned" || n.Note != "请附项目用地申请" || n.Actor != "演示科长" {
			h.Errorf("the officer is told %+v", n)
		}
	})
}

// TestWaysOutFailAndNothingIsLost: the mail server hangs and the group's robot
// refuses, and the office goes on: everything is in the product at once, the
// administrator sees why nothing goes out, and once they work again it does.
func TestWaysOutFailAndNothingIsLost(t *testing.T) {
	withWaysOut(t, func(h *house, mail *notifytest.Mail, robot *notifytest.Receiver) {
		h.staff("officer", "department_lead")
		land := h.department("自然资源局", "land-lead")
		officer, head, system := h.signIn("officer"), h.signIn("land-lead"), h.signIn("sysadmin")
		var made struct{ Channel struct{ ID string } }
		system.Post("/channels", apitest.Object{"kind": "dingtalk", "name": "自然资源局工作群", "url": robot.URL + "/robot/send?access_token=t", "unit": land, "topics": []string{"work.offered"}}).Status(201).JSON(&made)
		head.Put("/notices/preferences", apitest.Object{"address": "head@land.example"}).Status(200)
		mail.Refuse("head@land.example", "451 4.3.2 try later")
		robot.Answer(func(w http.ResponseWriter, _ int) {
			_, _ = io.WriteString(w, `{"errcode":310000,"errmsg":"sign not match"}`)
		})

		bell := h.bell(head)
		due := string(kernel.DayOf(time.Now().UnixMilli()).AddDays(7))
		officer.Post("/tasks", apitest.Object{"title": "提供二号地块红线图", "unit": land, "due_on": due}).Status(201)
		h.rings(bell, 1)

		type delivery struct {
			ID, State, Problem string
			Channel            string `json:"channel_name"`
		}
		var list struct{ Items []delivery }
		h.eventually("both failures", func() bool {
			system.Get("/channels/deliveries?state=failed").Status(200).JSON(&list)
			return len(list.Items) == 2
		})
		for _, v := range list.Items {
			want := map[string]string{"电子邮件": "try later", "自然资源局工作群": "310000 sign not match"}[v.Channel]
			if want == "" || !strings.Contains(v.Problem, want) {
				h.Errorf("%+v", v)
			}
		}

		// Both work again, and the administrator does not wait for the next attempt.
		mail.Refuse("head@land.example", "")
		robot.Answer(func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, `{"errcode":0}`) })
		for _, v := range list.Items {
			if r := system.Post("/channels/deliveries/"+v.ID+"/retry", nil); r.StatusCode != 200 && r.StatusCode != 409 { // it may just have gone out by itself
				h.Errorf("%s", r.Body)
			}
		}
		h.eventually("both arrive", func() bool {
			system.Get("/channels/deliveries?state=sent").Status(200).JSON(&list)
			return len(list.Items) == 2
		})
		if len(mail.Letters()) != 1 {
			h.Errorf("%d letters", len(mail.Letters()))
		}
	})
}
